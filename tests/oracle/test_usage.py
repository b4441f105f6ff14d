"""Use in any window: what nova's own usage report says, where the two mean the same, and parts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from reporting_pollster.domain.timeline.instance import InstanceValues, instance_periods
from reporting_pollster.domain.timeline.period import Period
from tests.oracle.journal import BEGINNING, at, second_of
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.reader import facts_read_at

BLOCKS = [range(first, first + 100) for first in range(0, 400, 100)]


def _nova_seconds(launched: datetime | None, terminated: datetime | None, begin: datetime, end: datetime) -> int:
    """os-simple-tenant-usage: from the launch that the row tells to the termination, cut to the window."""
    if launched is None or launched > end or (terminated is not None and terminated < begin):
        return 0
    last = end if terminated is None else min(end, terminated)
    return int((last - max(launched, begin)).total_seconds())


def _periods(life: Lifecycle) -> list[Period[InstanceValues]]:
    return instance_periods(facts_read_at(life.journal, life.server.uuid, [*life.server.telling, life.now]))


def _used(periods: Sequence[Period[InstanceValues]], begin: datetime, end: datetime) -> Counter[InstanceValues]:
    """Seconds of use of each kind within a window."""
    used: Counter[InstanceValues] = Counter()
    for period in periods:
        first, last = max(period.start, begin), min(period.end or end, end)
        if period.values.in_use and first < last:
            used[period.values] += int((last - first).total_seconds())
    return used


def _windows(life: Lifecycle, random: Random) -> list[tuple[datetime, datetime]]:
    edges = [sorted(random.randrange(-1000, life.now) for _edge in range(2)) for _window in range(5)]
    return [(at(begin), at(end)) for begin, end in [*edges, [-1000, life.now]]]


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_use_is_what_nova_says_of_an_instance_that_was_launched_once(seeds: range) -> None:
    for seed in seeds:
        life = Lifecycle(seed, resizes=False)
        row, periods = life.journal.current(life.server.instance), _periods(life)

        for begin, end in _windows(life, Random(seed)):
            nova = _nova_seconds(row["launched_at"], row["terminated_at"], begin, end)
            assert _used(periods, begin, end).total() == nova, f"seed {seed} {begin} {end}"


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_nova_forgets_what_was_before_the_last_launch(seeds: range) -> None:
    """A resize, rescue, rebuild, evacuation or unshelving: nova then counts from there, as if nothing had been."""
    for seed in seeds:
        life = Lifecycle(seed)
        row, periods = life.journal.current(life.server.instance), _periods(life)
        first = next((period.start for period in periods if period.values.in_use), None)

        for begin, end in _windows(life, Random(seed)):
            nova = _nova_seconds(row["launched_at"], row["terminated_at"], begin, end)
            forgotten = _nova_seconds(first, row["launched_at"], begin, end)
            assert _used(periods, begin, end).total() == nova + forgotten, f"seed {seed} {begin} {end}"


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_parts_add_up_to_the_whole_however_they_are_cut(seeds: range) -> None:
    for seed in seeds:
        life, random = Lifecycle(seed), Random(seed)
        periods = _periods(life)
        whole = _used(periods, at(0), at(life.now))
        cuts = sorted({0, life.now, *(random.randrange(1, life.now + 1) for _cut in range(random.randint(0, 6)))})

        parts = [_used(periods, at(begin), at(end)) for begin, end in pairwise(cuts)]
        days = [_used(periods, day, min(day + timedelta(days=1), at(life.now))) for day in _days(life)]

        assert sum(parts, Counter()) == sum(days, Counter()) == whole
        assert sum(map(_memory, parts)) == sum(map(_memory, days)) == _memory(whole)
        assert all(isinstance(seconds, int) for seconds in whole.values())


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_periods_leave_no_gap_and_have_one_beginning(seeds: range) -> None:
    for seed in seeds:
        periods = _periods(Lifecycle(seed))

        assert all(one.end == other.start for one, other in pairwise(periods))
        assert all(period.end is None or period.start < period.end for period in periods)
        assert not periods or second_of(periods[0].start) == 0


def _memory(used: Counter[InstanceValues]) -> int:
    """MB-seconds."""
    return sum((values.flavour.memory or 0) * seconds for values, seconds in used.items())


def _days(life: Lifecycle) -> list[datetime]:
    return [BEGINNING + timedelta(days=number) for number in range(life.now // 86400 + 1)]
