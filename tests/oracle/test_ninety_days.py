"""Ninety days of a cloud whose rows are archived and purged at any time, beside a twin that keeps them all.

Both are polled at the same random instants, by the real sync from nova's own tables. Whatever one of them forgot, its
periods say what is true, or state bounds within which it lies.

Polls take time: `make test` has one cloud, fewer polls, and a twin that is read in memory; `make oracle-test` has five.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from reporting_pollster.domain.timeline.fact import Flavour
from reporting_pollster.domain.timeline.instance import InstanceValues, instance_periods
from reporting_pollster.domain.timeline.period import Change, Period
from tests.openstack import Cloud
from tests.oracle.comparison import Periods, differences, spans_of
from tests.oracle.journal import at
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.reader import facts_read_at
from tests.oracle.replay import Replay
from tests.oracle.server import SIZES
from tests.pollster import Pollster, sources_of
from tests.servers import MariaDB, SQLite
from tests.services.sync.histories.clock import ASK, SourceClock
from tests.stores import Stores

DAYS = 90
INSTANCES = 60
TABLES = ("instance", "instance_action", "migration")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Seeds, each with its number of polls."""
    all_of_it = metafunc.config.getoption("--lifecycles") >= 100_000
    if "polled" in metafunc.fixturenames:
        clouds = [(seed, 40, True) for seed in range(1, 6)] if all_of_it else [(1, 15, False)]
        metafunc.parametrize(("seed", "polled", "is_twin_real"), clouds)


class Followed:
    """A cloud, its rows, and the pollster that follows it."""

    def __init__(self, cloud: Cloud, lives: list[Lifecycle], store_url: str) -> None:
        self.replay = Replay(cloud, lives)
        cloud.execute("nova_api", "DELETE FROM flavors")
        for size in SIZES[2:]:  # the others are gone: known from instances at most
            cloud.insert("nova_api", "flavors", **size._asdict(), is_public=1)
        sources = sources_of(cloud, names=("keystone", "nova_api", "cinder"), init_command=ASK)
        self.pollster = Pollster(cloud, store_url, sources=sources)

    def poll(self) -> None:
        self.pollster.sources.close()  # new connections ask for the time
        results = self.pollster.attempt(*TABLES)
        if any(result.outcome == "refused" for result in results):  # most rows of a small cell were purged at once
            results = self.pollster.attempt(*TABLES, accept=frozenset(TABLES))
        assert all(result.is_good for result in results), results

    def periods(self) -> dict[str, Periods]:
        """What is known now of each instance."""
        found: defaultdict[str, list[Period[InstanceValues]]] = defaultdict(list)
        for row in sorted(self.pollster.rows("instance_period"), key=lambda row: row["valid_from"]):
            if row["known_to"] is None:
                found[row["id"]].append(_period(row))
        return dict(found)


@pytest.fixture
def clock(mariadb: MariaDB) -> Iterator[SourceClock]:
    clock = SourceClock(mariadb)
    yield clock
    clock.close()


@pytest.fixture
def stored(stores: Stores) -> Iterator[tuple[str, str]]:
    """Return two reporting databases, without a disk where there is such a thing."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        server = SQLite(Path(directory))
        with stores.lent(server) as one, stores.lent(server) as other:
            yield one, other


def test_what_a_cloud_forgets_is_told_within_bounds(
    seed: int,
    polled: int,
    is_twin_real: bool,
    openstack: Callable[..., Cloud],
    clock: SourceClock,
    stored: tuple[str, str],
) -> None:
    random = Random(seed)
    lives = [_life(seed, number, random) for number in range(INSTANCES)]
    purged = Followed(openstack(cells=3), lives, stored[0])
    twin = Followed(openstack(cells=3, region="twin"), lives, stored[1]) if is_twin_real else None
    polls = sorted(random.sample(range(3600, DAYS * 86400), polled))

    for before, second in zip([0, *polls], polls, strict=False):
        clock.set(at(second))
        _live_on(purged.replay, random, before, second)
        purged.poll()
        if twin is not None:
            twin.replay.play(second)
            twin.poll()

    told, kept = purged.periods(), twin.periods() if twin else {}
    for life in lives:
        in_memory = instance_periods(facts_read_at(life.journal, life.server.uuid, polls))
        if twin is not None:
            assert spans_of(kept.get(life.server.uuid, [])) == spans_of(in_memory), life.seed
        _check(life, told.get(life.server.uuid, []), in_memory, polls)
    assert sum(_is_exact(told.get(life.server.uuid, [])) for life in lives) > INSTANCES // 3
    assert _used(told, at(polls[-1])) == _added_up(purged.pollster)


def _life(seed: int, number: int, random: Random) -> Lifecycle:
    begin = random.randrange(DAYS * 86400)
    return Lifecycle(f"{seed}-{number}", number=number, begin=begin, pause=5 * 86400, silent=False)


def _live_on(replay: Replay, random: Random, before: int, until: int) -> None:
    """Until the next poll, with some archiving and purging on the way."""
    for second in sorted(random.randint(before, until) for _time in range(random.choice((0, 1, 2)))):
        replay.play(second)
        replay.archive()
        if random.random() < 0.6:
            replay.purge()
    replay.play(until)


def _check(life: Lifecycle, told: Periods, kept: Periods, polls: list[int]) -> None:
    until, spans, blurred = polls[-1], life.server.truth.spans(), life.server.blurred
    busy = [(first, until) for first, last in life.busy() if first <= until < last]  # it may end as it likes

    assert not differences(spans, kept, until, [*blurred, *busy]), f"{life.seed}: the twin"
    if told:
        assert not differences(spans, told, until, [*blurred, *busy]), f"{life.seed}: the truth"
        assert not differences(spans_of(kept), told, until, blurred), f"{life.seed}: as the twin"
    else:  # it came and went between two polls
        ended = life.server.truth.ended
        assert spans[0].begin > until or (ended is not None and not _seen(spans[0].begin, ended, polls))


def _seen(begin: int, end: int, polls: list[int]) -> bool:
    return any(begin <= poll < end for poll in polls)


def _is_exact(periods: Periods) -> bool:
    """Nothing is uncertain but whether it left its host while it was shelved."""
    changes = [period.began for period in periods] + [period.finished for period in periods[-1:] if period.finished]
    return bool(periods) and all(change.origin != "estimate" or change.earliest == change.at for change in changes)


def _used(told: dict[str, Periods], now: datetime) -> Counter[str]:
    """Seconds of use by flavour, of whole days that are over."""
    today = datetime(now.year, now.month, now.day)
    used: Counter[str] = Counter()
    for periods in told.values():
        for period in periods:
            seconds = (min(period.end or today, today) - period.start) / timedelta(seconds=1)
            if period.values.in_use and seconds > 0:
                used[period.values.flavour.name or ""] += int(seconds)
    return used


def _added_up(pollster: Pollster) -> Counter[str]:
    added: Counter[str] = Counter()
    for row in pollster.rows("usage_day", kind="instance"):
        added[row["type"]] += row["seconds"]
    return added


def _period(row: dict[str, Any]) -> Period[InstanceValues]:
    size = (row["vcpus"], row["memory"], row["root"], row["ephemeral"])
    flavour = Flavour(row["flavour"], row["flavour_uuid"], row["flavour_name"], *size)
    place = (row["project_id"], row["host"], row["availability_zone"])
    began = Change(row["valid_from"], None, row["valid_from_origin"], "", None, None, *_bounds(row, "valid_from"))
    finished = None
    if row["valid_to"] is not None:
        finished = Change(row["valid_to"], None, row["valid_to_origin"], "", None, None, *_bounds(row, "valid_to"))
    values = InstanceValues(row["state"], row["in_use"], flavour, *place)
    return Period(row["valid_from"], row["valid_to"], values, began, finished)


def _bounds(row: dict[str, Any], name: str) -> tuple[datetime | None, datetime | None]:
    return row[f"{name}_earliest"], row[f"{name}_latest"]
