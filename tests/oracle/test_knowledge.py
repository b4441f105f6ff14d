"""However facts come to be known, periods say the same, or what is true within the bounds that they state."""

from __future__ import annotations

from random import Random

import pytest

from reporting_pollster.domain.timeline.fact import InstanceFacts
from reporting_pollster.domain.timeline.instance import instance_periods
from tests.oracle.comparison import Difference, Periods, differences
from tests.oracle.journal import at, second_of
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.reader import Reader, facts_read_at
from tests.oracle.told import story

SEEDS = range(400)
BLOCKS = [range(first, first + 100) for first in range(0, len(SEEDS), 100)]


def _reading_times(life: Lifecycle, random: Random) -> list[int]:
    """Some instants of the life, some while something went on, those that only a reading tells of, and the end."""
    times = [random.randrange(1, life.now) for _number in range(random.choice((0, 2, 10, 40)))]
    times += [random.randint(first, last) for first, last in life.busy() if random.random() < 0.3]
    return sorted({*times, *life.server.telling, life.now})


def _shuffled(facts: InstanceFacts, random: Random) -> InstanceFacts:
    """In another order, and some of them more than once."""

    def some(values: tuple) -> tuple:  # type: ignore[type-arg]
        repeated = [*values, *random.choices(values, k=random.randint(0, 3))] if values else []
        return tuple(random.sample(repeated, len(repeated)))

    return InstanceFacts(some(facts.versions), some(facts.actions), some(facts.migrations), facts.flavours)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_neither_order_nor_repetition_of_facts_matters(seeds: range) -> None:
    for seed in seeds:
        life, random = Lifecycle(seed), Random(seed)
        facts = facts_read_at(life.journal, life.server.uuid, _reading_times(life, random))

        told = [instance_periods(_shuffled(facts, random)) for _number in range(3)]

        assert told == [instance_periods(facts)] * 3, f"seed {seed}"


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_whenever_the_rows_are_read_the_periods_are_true(seeds: range) -> None:
    for seed in seeds:
        life, random = Lifecycle(seed), Random(seed)
        facts = facts_read_at(life.journal, life.server.uuid, _reading_times(life, random))

        periods = instance_periods(facts)

        found = differences(life.server.truth.spans(), periods, life.now, life.server.blurred)
        assert not found, story(life, facts, periods, found)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_size_and_use_need_no_reading_in_time(seeds: range) -> None:
    for seed in seeds:
        life = Lifecycle(seed)
        facts = facts_read_at(life.journal, life.server.uuid, [life.now])

        periods = instance_periods(facts)

        found = differences(life.server.truth.spans(), periods, life.now, life.server.blurred)
        found = [each for each in found if each.aspect != "state"]
        assert not found, story(life, facts, periods, found)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_what_is_known_so_far_is_true_of_what_is_over(seeds: range) -> None:
    for seed in seeds:
        life, random = Lifecycle(seed), Random(seed)
        reader = Reader(life.server.uuid)
        for second, rows in life.journal.rows(_reading_times(life, random)):
            reader.read(at(second), rows)
            facts = reader.facts()

            periods = instance_periods(facts)

            found = _so_far(life, periods, second)
            assert not found, f"read at {second}\n" + story(life, facts, periods, found)


def _so_far(life: Lifecycle, periods: Periods, second: int) -> list[Difference]:
    """Differences before a reading, and before anything that was going on then."""
    busy = [(first, last) for first, last in life.busy() if first <= second < last]
    until = min([second, *(first for first, _last in busy)])
    return differences(life.server.truth.spans(), periods, until, life.server.blurred)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_what_was_purged_is_true_within_its_bounds(seeds: range) -> None:
    """Rows go at any time after the deletion, whether that was seen or not."""
    for seed in seeds:
        life, random = Lifecycle(seed), Random(seed)
        ended = life.server.truth.ended
        if ended is None:
            continue
        gone = random.randint(ended, max(ended, life.now - 1))
        for key in [key for table in ("instances", "instance_extra", "instance_actions", "migrations")
                    for key in life.journal.keys(table)]:  # fmt: skip
            life.journal.delete(gone, key)
        times = _reading_times(life, random)
        facts = facts_read_at(life.journal, life.server.uuid, times)
        if not facts.versions:  # it came and went between two readings
            continue

        periods = instance_periods(facts)

        found = differences(life.server.truth.spans(), periods, life.now, life.server.blurred)
        assert not found, story(life, facts, periods, found)
        _check_end(life, facts, periods)


def _check_end(life: Lifecycle, facts: InstanceFacts, periods: Periods) -> None:
    """The end itself lies within the bounds that are stated for it."""
    true = [span for span in life.server.truth.spans() if span.being.in_use]
    told = [period for period in periods if period.values.in_use]
    if not true or not told:
        return
    end, finished = true[-1].end, told[-1].finished
    assert finished is not None, story(life, facts, periods, [])
    assert end is not None
    first, last = second_of(finished.earliest or finished.at), second_of(finished.latest or finished.at)
    assert first <= end <= last, story(life, facts, periods, [])
