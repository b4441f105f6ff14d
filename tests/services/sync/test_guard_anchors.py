"""The rows read last tell an older copy of a source; but that a source forgets what had ended is its right."""

from __future__ import annotations

import pytest

from tests.pollster import Pollster, at
from tests.services.sync.life import Life


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


def test_instances_that_ended_may_be_archived_and_purged_between_two_cycles(life: Life, pollster: Pollster) -> None:
    """A night in a cloud that tests software: its newest instances live for an hour and are purged before the day."""
    keys = [life.instance(created=at(f"04-01 {hour:02}:00")) for hour in range(12)]
    life.instance(created=at("03-01 00:00"))
    pollster.sync()
    for key in keys:
        life.delete(key, at("04-01 13:00"))
    pollster.sync(accept=frozenset({"instance"}))

    life.archive()
    life.purge()
    pollster.sync("instance")

    assert len(pollster.rows("instance", active=True)) == 1
    assert {str(row["deleted"]) for row in pollster.rows("instance", active=False)} == {"2026-04-01 13:00:00"}


def test_living_rows_that_are_gone_at_once_are_not_believed(life: Life, pollster: Pollster) -> None:
    keys = [life.instance() for _ in range(8)]
    pollster.sync()

    for key in keys[:6]:
        life.vanish(key)

    assert [result.outcome for result in pollster.attempt("instance") if not result.is_good] == ["refused"]
    assert len(pollster.rows("instance", active=True)) == 8
