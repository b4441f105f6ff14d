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


def test_a_controller_with_a_wrong_clock_makes_no_older_copy(life: Life, pollster: Pollster) -> None:
    """Its save seems to come before one that was read; but another row has a time that was never read."""
    first, second = life.instance(), life.instance()
    life.save(first, at("04-01 10:00"))
    life.save(second, at("04-01 09:00"))
    pollster.sync()

    life.save(first, at("04-01 09:30"), vm_state="stopped")
    life.save(second, at("04-01 10:01"))
    pollster.sync("instance")

    assert pollster.one("instance", id=first)["vm_state"] == "stopped"


def test_a_time_from_the_future_makes_no_older_copy(life: Life, pollster: Pollster) -> None:
    key = life.instance(updated_at=at("01-01 00:00").replace(year=2090))
    life.save(life.instance(), at("04-01 10:00"))
    pollster.sync()

    life.save(key, at("04-01 10:00"), vm_state="stopped")
    pollster.sync("instance")

    assert pollster.one("instance", id=key)["vm_state"] == "stopped"


@pytest.mark.parametrize(("second", "outcome"), [(30, "done"), (29, "refused")])
def test_two_controllers_may_be_half_a_minute_apart(life: Life, pollster: Pollster, second: int, outcome: str) -> None:
    """In a cell where nothing else happens, so that nothing else tells that the source went on."""
    key = life.instance(cell="cell0")
    life.save(key, at("04-01 10:01"), cell="cell0")
    pollster.sync()

    life.save(key, at(f"04-01 10:00:{second}"), cell="cell0", vm_state="error")

    results = pollster.attempt("instance")
    assert [each.outcome for each in results if (each.table, each.source) == ("instance", "cell0")] == [outcome]


def test_what_was_done_to_purged_instances_is_no_older_copy(life: Life, pollster: Pollster) -> None:
    """Each night on a small cell: whatever was done last was done to instances that are purged now."""
    keys = [life.instance(created=at("04-01 01:00")) for _ in range(4)]
    life.instance(created=at("03-01 00:00"))
    for number, key in enumerate(keys):
        life.cloud.insert(
            "nova_cell1", "instance_actions", instance_uuid=key, action="create", deleted=0,
            start_time=at(f"04-01 01:0{number}"), updated_at=at(f"04-01 01:0{number}"),
        )  # fmt: skip
    pollster.sync()
    for key in keys:
        life.delete(key, at("04-01 13:00"))
    pollster.sync(accept=frozenset({"instance"}))

    life.archive()
    life.purge()
    pollster.sync("instance_action")

    assert len(pollster.rows("instance_action")) == 4
