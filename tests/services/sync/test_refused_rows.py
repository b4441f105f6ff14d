"""What a store refuses although our checks let it pass: the row is put aside, the others are loaded."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from reporting_pollster.services.verify import Request, verify
from reporting_pollster.store.engine import dialect_kind, writing
from tests.pollster import Pollster
from tests.services.sync.life import Life

NARROW = {
    "mysql": "ALTER TABLE stage_instance MODIFY name VARCHAR(20)",
    "postgresql": "ALTER TABLE stage_instance ALTER COLUMN name TYPE varchar(20)",
    "sqlite": "CREATE TRIGGER narrow BEFORE INSERT ON stage_instance WHEN length(new.name) > 20"
    " BEGIN SELECT RAISE(ABORT, 'too long for column name'); END",
}


@pytest.fixture
def ready_store_url(store_url: str) -> str:
    """Return a database of the test's own, since its tables are altered."""
    return store_url


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


def tell_store(pollster: Pollster, statement: str) -> None:
    with writing(pollster.engine) as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("others", [1, 300])  # by INSERT, and by LOAD DATA or COPY
def test_the_store_refuses_one_row(life: Life, pollster: Pollster, others: int) -> None:
    pollster.sync("instance")
    tell_store(pollster, NARROW[dialect_kind(pollster.engine)])
    keys = [life.instance() for _ in range(others)]

    bad = life.instance(display_name="x" * 21)
    for _ in range(2):
        pollster.sync("instance")

    assert {row["id"] for row in pollster.rows("instance")} == set(keys)
    problem = pollster.one("quarantine")
    assert (problem["row_key"], problem["action"]) == (bad, "withheld")
    assert "name" in problem["reason"]
    verdicts = verify(pollster.sources, pollster.engine, pollster.settings, Request(("instance",)))
    assert [verdict for verdict in verdicts if verdict.differences or verdict.outcome == "failed"] == []


def test_a_store_that_refuses_every_row_is_not_the_rows_fault(life: Life, pollster: Pollster) -> None:
    pollster.sync("instance")
    tell_store(pollster, NARROW[dialect_kind(pollster.engine)])
    for _ in range(101):
        life.instance(display_name="x" * 21)

    results = {result.source: result for result in pollster.attempt("instance") if result.table == "instance"}

    assert (results["cell0"].outcome, results["cell1"].outcome) == ("done", "failed")
    assert "name" in (results["cell1"].message or "")


def test_a_table_that_fails_in_an_unforeseen_way_fails_alone(life: Life, pollster: Pollster) -> None:
    pollster.sync()
    tell_store(pollster, "DROP TABLE volume_history")
    key = life.instance()
    life.volume()

    results = pollster.attempt()

    assert {result.table for result in results if not result.is_good} == {"volume"}
    assert pollster.one("instance", id=key)["active"]
