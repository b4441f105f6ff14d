"""A bad row never stops a cycle: it is loaded as far as it makes sense, and what is not is told with its reason.

Every column that we copy is tried with everything that may stand in it. All bad rows are read in a handful of cycles
of one cloud, because a bad row must also leave alone all the others; the cases then look at what became of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.services.sync import UnitResult
from reporting_pollster.services.verify import verify
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.sources.database import Database
from tests.openstack import Cloud, Clouds
from tests.pollster import Pollster
from tests.servers import MariaDB, PostgreSQL, Server, SQLite
from tests.services.sync.bad_cloud import BadCloud
from tests.services.sync.bad_values import PLACES, Case, Place, cases, key_of
from tests.services.sync.life import Life

pytestmark = pytest.mark.costly

CASES = tuple(cases(PLACES))
GOOD = tuple((number, "600d") for number in (500, 501, 502))  # rows of each table with nothing wrong about them

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Read:
    """What one cycle ended with."""

    results: list[UnitResult]
    contents: Rows
    problems: list[dict[str, Any]]

    @classmethod
    def by(cls, pollster: Pollster, **request: Any) -> Read:
        results = pollster.attempt(**request)
        return cls(results, pollster.contents(), pollster.rows("quarantine"))

    def row(self, case: Case, key: Any = None) -> dict[str, Any] | None:
        """The row of a case, or another one of its table, if it was loaded."""
        return self._rows[case.place].get(case.key if key is None else key)

    @cached_property
    def _rows(self) -> dict[Place, dict[Any, dict[str, Any]]]:
        return {each: {row[each.our_key]: row for row in self.contents[each.entity]} for each in PLACES}

    def problems_of(self, case: Case) -> list[str]:
        """The columns that something was said about, and is not over."""
        return self._open.get((case.place.entity, str(case.key)), [])

    @cached_property
    def _open(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.problems:
            if each["resolved"] is None:
                assert each["reason"]
                assert each["action"] == "repaired"
                key = each["table_name"], each["row_key"].split(",")[0]
                found.setdefault(key, []).append(each["column_name"])
        return found


@dataclass(frozen=True)
class Story:
    """The cycles of the test, in order, and first loads into two other stores."""

    good: Read
    bad: Read
    again: Read
    mended: Read
    elsewhere: dict[str, Read]
    differing: list[Any]


@pytest.fixture(scope="module")
def story(
    clouds: Clouds, mariadb: MariaDB, postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    cloud = clouds.cloud(region="bad")
    pollsters: list[Pollster] = []
    servers: dict[str, Server] = {
        "mariadb": mariadb, "postgresql": postgresql, "sqlite": SQLite(tmp_path_factory.mktemp("bad")),
    }  # fmt: skip

    def pollster(server: str) -> Pollster:
        servers[server].create_database("bad_rows")
        pollsters.append(Pollster(cloud, servers[server].url("bad_rows")))
        return with_dashboard(pollsters[-1])

    yield tell(cloud, pollster)
    for each in pollsters:
        each.close()
    cloud.empty()
    for server in servers.values():
        server.drop_database("bad_rows")


def tell(cloud: Cloud, pollster: Callable[[str], Pollster]) -> Story:
    """Let it all happen."""
    writer = BadCloud(cloud)
    Life(cloud).region()
    writer.widen(PLACES)
    for place in PLACES:
        rows = [{**place.row, place.key: key_of(place, *good)} for good in GOOD]
        writer.insert(place.database, place.table, rows)
    follower = pollster("mariadb")
    good = Read.by(follower)
    writer.put(CASES)
    bad, again = Read.by(follower), Read.by(follower)
    elsewhere = {}
    for name in ("postgresql", "sqlite"):
        other = pollster(name)
        Read.by(other)
        elsewhere[name] = Read.by(other)
    verdicts = verify(follower.sources, follower.engine, follower.settings)
    differing = [each for each in verdicts if each.differences or each.outcome == "failed"]
    writer.mend(CASES)
    time.sleep(1.1)  # times have whole seconds: what is over must have been seen in an earlier one
    return Story(good, bad, again, Read.by(follower, full=True), elsewhere, differing)


def with_dashboard(pollster: Pollster) -> Pollster:
    """The same, reading the optional databases that tests leave out otherwise."""
    known, cloud = pollster.sources, pollster.cloud
    more = {name: Database(name, DatabaseSettings(cloud.url(name), group=name)) for name in ("dashboard", "rcshib")}
    pollster.sources = Sources(known.region, {**known.databases, **more}, known.cells)
    return pollster


def test_every_cycle_is_done(story: Story) -> None:
    for read in (story.good, story.bad, story.again, story.mended, *story.elsewhere.values()):
        assert [result for result in read.results if result.outcome != "done"] == []


def test_the_other_rows_are_as_they_were(story: Story) -> None:
    for table, rows in story.good.contents.items():
        now = story.bad.contents[table]
        assert [row for row in rows if row not in now] == [], table


def test_nothing_changes_by_reading_bad_rows_again(story: Story) -> None:
    assert [result for result in story.again.results if not result.plan.is_empty] == []
    assert story.again.contents == story.bad.contents
    assert [each["resolved"] for each in story.again.problems if each["resolved"]] == []


@pytest.mark.parametrize("store", ["postgresql", "sqlite"])
def test_every_store_says_the_same(story: Story, store: str) -> None:
    elsewhere = story.elsewhere[store]
    for table, rows in story.again.contents.items():
        assert elsewhere.contents[table] == rows, table
    assert told(elsewhere.problems) == told(story.again.problems)


def test_what_was_put_aside_is_no_difference(story: Story) -> None:
    assert story.differing == []


def test_there_are_cases_enough() -> None:
    print(f"{len(CASES)} bad values in {len(PLACES)} tables")
    assert len(CASES) >= 200


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_a_bad_value(story: Story, case: Case) -> None:
    row = story.bad.row(case)
    told_of = story.bad.problems_of(case)

    assert row is not None
    assert row[case.ours] == case.expected
    assert rest(case, row) == rest(case, story.mended.row(case))
    assert [each for each in told_of if each not in case.place.swayed] == [case.ours] * case.is_problem
    assert like(case, story.mended.row(case)) == like(case, story.good.row(case, key_of(case.place, *GOOD[0])))
    assert story.mended.problems_of(case) == []


def rest(case: Case, row: dict[str, Any] | None) -> dict[str, Any]:
    """The columns of a row that have nothing to do with the bad value."""
    assert row is not None
    return {name: value for name, value in row.items() if name != case.ours and name not in case.place.swayed}


def like(case: Case, row: dict[str, Any] | None) -> dict[str, Any]:
    """All of a row but what makes it this one."""
    assert row is not None
    return {name: value for name, value in row.items() if name not in (case.place.our_key, "source_id")}


def told(problems: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(tuple(each[name] for name in ("table_name", "row_key", "column_name", "reason")) for each in problems)
