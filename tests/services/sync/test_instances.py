"""What becomes of instances in the reporting database, whatever nova does to their rows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pollster import Pollster, at
from tests.services.sync.life import Life


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


def test_a_new_instance_is_loaded_with_its_own_flavour(life: Life, pollster: Pollster) -> None:
    key = life.instance()

    pollster.sync()

    row = pollster.one("instance", id=key)
    assert (row["flavour_uuid"], row["flavour_name"], row["cell_name"]) == ("uuid-1", "m1.small", "cell1")
    assert (row["created"], row["deleted"], row["active"]) == (at("03-01 12:00"), None, True)
    assert pollster.one("project", id="a" * 32)["has_instances"]
    assert not pollster.one("project", id="b" * 32)["has_instances"]


def test_a_save_and_a_delete_are_found(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    pollster.sync()

    life.save(key, at("04-01 10:00"), vm_state="stopped")
    pollster.sync("instance")
    assert pollster.one("instance", id=key)["vm_state"] == "stopped"
    life.delete(key, at("04-02 10:00"))
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["active"], row["deleted"], row["vanished_before"]) == (False, at("04-02 10:00"), None)
    assert not pollster.one("project", id="a" * 32)["has_instances"]
    assert [each["vm_state"] for each in pollster.rows("instance_history", id=key)] == ["active", "stopped"]


def test_a_deletion_that_leaves_no_time_is_found_by_the_counts(life: Life, pollster: Pollster) -> None:
    first, second = life.instance(), life.instance()
    pollster.sync()

    life.delete(first, at("04-01 10:00"), silent=True)
    pollster.sync("instance")

    assert pollster.one("instance", id=first)["deleted"] == at("04-01 10:00")
    assert pollster.one("instance", id=second)["active"]


def test_an_archived_instance_keeps_its_exact_deletion(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    pollster.sync()

    life.delete(key, at("04-01 10:00"))
    life.archive()
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["active"], row["deleted"], row["vanished_before"]) == (False, at("04-01 10:00"), None)


def test_an_instance_that_is_gone_without_a_trace_vanished_between_two_reads(life: Life, pollster: Pollster) -> None:
    kept, key = life.instance(), life.instance()
    pollster.sync()

    life.vanish(key)
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert not row["active"]
    assert row["vanished_after"] <= row["vanished_before"] == row["deleted"]
    assert pollster.one("instance", id=kept)["active"]


def test_a_purged_instance_stays_as_it_was(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    life.delete(key, at("04-01 10:00"))
    pollster.sync()
    before = pollster.one("instance", id=key)

    life.archive()
    life.purge()
    pollster.sync("instance")
    pollster.sync("instance", full=True)

    assert pollster.one("instance", id=key) == before


def test_instances_archived_before_the_first_sync_are_loaded(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    life.delete(key, at("04-01 10:00"))
    life.archive()

    pollster.sync()

    assert pollster.one("instance", id=key)["deleted"] == at("04-01 10:00")


def test_a_soft_deleted_instance_is_not_deleted_and_may_come_back(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    pollster.sync()

    life.save(key, at("04-01 10:00"), vm_state="soft-delete", deleted_at=at("04-01 10:00"))
    pollster.sync("instance")
    row = pollster.one("instance", id=key)
    assert (row["vm_state"], row["active"], row["deleted"]) == ("soft-delete", True, None)
    life.save(key, at("04-01 11:00"), vm_state="active", deleted_at=None)
    pollster.sync("instance")

    assert pollster.one("instance", id=key)["vm_state"] == "active"


def test_a_hidden_copy_in_another_cell_is_not_an_instance(life: Life, pollster: Pollster) -> None:
    key = life.instance(cell="cell1")
    life.instance(cell="cell0", uuid=key, hidden=1, host="compute9")
    pollster.sync()
    assert pollster.one("instance", id=key)["host"] == "compute1"

    life.silently(key, cell="cell0", hidden=0)
    life.save(key, at("04-01 10:00"), cell="cell0", vm_state="resized")
    life.vanish(key, cell="cell1")
    pollster.sync("instance")
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["cell_name"], row["host"], row["active"], row["vanished_before"]) == ("cell0", "compute9", True, None)


def test_a_change_that_moves_no_time_is_found_by_the_walk(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    pollster.sync()

    life.silently(key, display_name="renamed")
    pollster.sync("instance")

    assert pollster.one("instance", id=key)["name"] == "renamed"


@pytest.mark.parametrize("name", ["VM", "vm ", "vḿ", "vm\t", "VM" * 100])
def test_each_change_of_a_name_is_seen(life: Life, pollster: Pollster, name: str) -> None:
    key = life.instance(display_name="vm")
    pollster.sync()

    life.save(key, at("04-01 10:00"), display_name=name)
    pollster.sync("instance")

    assert pollster.one("instance", id=key)["name"] == name


def test_a_flavour_that_only_instances_know_is_kept(life: Life, pollster: Pollster) -> None:
    life.instance(instance_type_id=77)

    pollster.sync()

    row = pollster.one("flavour", id=77)
    assert (row["name"], row["vcpus"], row["active"]) == ("m1.small", 2, False)


def test_a_project_may_be_known_after_its_instance(life: Life, pollster: Pollster) -> None:
    life.instance(project_id="c" * 32)
    pollster.sync()

    life.project("c" * 32, "gamma")
    pollster.sync()

    assert pollster.one("project", id="c" * 32)["has_instances"]


def test_reading_again_changes_nothing(life: Life, pollster: Pollster) -> None:
    for number in range(20):
        life.instance(created=at(f"04-{number + 1:02} 10:00"))
    pollster.sync()
    before = pollster.contents()

    for request in ({}, {"full": True}, {"since": at("01-01 00:00")}):
        results = pollster.sync(**request)
        assert all(result.plan.is_empty for result in results), [each for each in results if not each.plan.is_empty]

    assert pollster.contents() == before


def test_a_dry_run_tells_and_changes_nothing(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    pollster.sync()
    life.delete(key, at("04-01 10:00"))

    (result,) = [
        each for each in pollster.sync("instance", dry_run=True) if each.source == "cell1" and each.table == "instance"
    ]

    assert (result.outcome, result.plan.changed, result.plan.ending) == ("planned", 1, 1)
    assert pollster.one("instance", id=key)["active"]
    pollster.sync("instance")
    assert not pollster.one("instance", id=key)["active"]


def test_a_dry_run_before_the_first_load_takes_nothing_from_it(life: Life, pollster: Pollster) -> None:
    keys = {life.instance() for _number in range(3)}

    pollster.sync(dry_run=True)
    assert pollster.rows("instance") == []
    pollster.sync()

    assert {row["id"] for row in pollster.rows("instance")} == keys


def test_pages_may_be_small(life: Life, make_pollster: Callable[..., Pollster]) -> None:
    keys = {life.instance(created=at(f"04-{number % 28 + 1:02} 10:00")) for number in range(53)}
    pollster = make_pollster(page_rows=7)

    pollster.sync()

    assert {row["id"] for row in pollster.rows("instance")} == keys
