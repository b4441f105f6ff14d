"""Hours and days are the aggregates of the raw measures, also when measures come late and polls are cut off."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from reporting_pollster.domain.metrics.policy import floor
from tests.servers import SQLite
from tests.servers.gnocchi import Gnocchi as Server
from tests.services.metrics.polling import HOUR, MINUTE, Poller, this_hour
from tests.stores import Stores

pytestmark = pytest.mark.costly

BACK = 2  # blocks of an hour that take late measures
Raw = dict[datetime, float]


@pytest.fixture(scope="module")
def poller(gnocchi: Server, stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poller]:
    """Return a poller of small chunks into an SQLite of this module."""
    with stores.lent(SQLite(tmp_path_factory.mktemp("rollups"))) as url:
        yield Poller(gnocchi.url, url, resources_at_once=2, history_days=2)
    gnocchi.empty()


@pytest.fixture(scope="module")
def policy(gnocchi: Server) -> str:
    """Return a policy that keeps all, and takes measures that are late by two hours and more."""
    return gnocchi.policy(60, 3600, methods=("mean", "min", "max", "count"), back_window=BACK)


class Cut(Exception):
    """The end of a process, as far as a transaction can tell."""


def cut_after(poller: Poller, commits: int) -> None:
    """Poll, and end in the middle of the transaction after some that were committed."""
    left = [commits]

    def end(_connection: Connection) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cut

    event.listen(poller.engine, "commit", end)
    try:
        poller.poll()
    except Cut:
        pass
    finally:
        event.remove(poller.engine, "commit", end)


# A round: for each of two instances minutes at which a measure was taken (as an offset from the newest, late ones are
# negative) with its value, and after how many transactions the poll is cut off.
measure = st.tuples(st.integers(-119, 40), st.integers(0, 59), st.floats(-1e6, 1e6, allow_nan=False))
many = st.lists(measure, min_size=5, max_size=15)
rounds = st.lists(st.tuples(many, many, st.none() | st.integers(0, 3)), min_size=3, max_size=4)


# Without shrinking, which would take minutes.
@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(rounds)
def test_rollups_are_the_aggregates_of_the_raw_measures(
    gnocchi: Server, poller: Poller, policy: str, lives: Sequence[tuple[list[tuple[int, int, float]], ...]]
) -> None:
    start = this_hour() - 20 * HOUR
    instances = [gnocchi.resource("instance", {"memory.usage": policy, "cpu": policy}) for _ in range(2)]
    raw: list[Raw] = [{}, {}]
    newest = [start + 2 * HOUR] * 2
    for *measured, cut in lives:
        for number, taken in enumerate(measured):
            new = new_measures(raw[number], newest[number], taken, start)
            if new:
                both = dict.fromkeys(("memory.usage", "cpu"), sorted(new.items()))
                gnocchi.measure_all({instances[number]: both})
                raw[number] |= new
                newest[number] = max(newest[number], *new)
        if isinstance(cut, int):
            cut_after(poller, cut)
        else:
            poller.poll()

    poller.poll()

    for number, instance in enumerate(instances):
        for metric in ("memory.usage", "cpu"):
            assert_rolled_up(poller.hours(instance, metric), raw[number], HOUR, "hour")
            assert_rolled_up(poller.days(instance, metric), raw[number], timedelta(days=1), "day")


def new_measures(known: Raw, newest: datetime, taken: Sequence[tuple[int, int, float]], start: datetime) -> Raw:
    """Measures that Gnocchi takes, none of them at a time that has one."""
    found = {newest + minutes * MINUTE + timedelta(seconds=second): value for minutes, second, value in taken}
    return {at: value for at, value in found.items() if at >= start and at not in known}


def assert_rolled_up(rows: Sequence[dict[str, object]], raw: Raw, step: timedelta, name: str) -> None:
    groups: dict[datetime, list[float]] = {}
    for at, value in raw.items():
        groups.setdefault(floor(at, step), []).append(value)
    expected = [
        {
            name: begin.date() if name == "day" else begin,
            "minimum": min(values),
            "maximum": max(values),
            "samples": len(values),
            "mean": pytest.approx(math.fsum(values) / len(values), rel=1e-9, abs=1e-6),
        }
        for begin, values in sorted(groups.items())
    ]
    assert [{key: row[key] for key in (name, "minimum", "maximum", "samples", "mean")} for row in rows] == expected
