from __future__ import annotations

from collections.abc import Callable

from tests.derived.traced import Traced

VOLUMES = ("volume_type", "volume", "volume_attachment")
DELETED = "deleted = 1, status = 'deleted', terminated_at = '2026-01-03 00:00:00', deleted_at = '2026-01-03 00:00:06'"


def make(traced: Traced, key: str = "v1", **columns: object) -> None:
    known = {"project_id": "p1", "size": 10, "status": "available", "volume_type_id": "t1", "deleted": 0}
    times = {"created_at": "2026-01-01 12:00:00", "launched_at": "2026-01-01 12:00:10", "availability_zone": "north"}
    traced.insert("cinder", "volumes", id=key, **{**known, **times, "updated_at": "2026-01-01 12:00:10", **columns})


def attach(traced: Traced, key: str = "a1", **columns: object) -> None:
    known = {"volume_id": "v1", "instance_uuid": "i1", "attach_status": "attached", "deleted": 0}
    times = {"created_at": "2026-01-01 17:59:57", "attach_time": "2026-01-01 18:00:00"}
    traced.insert("cinder", "volume_attachment", id=key, **{**known, **times, **columns})


def define(traced: Traced) -> None:
    traced.insert("cinder", "volume_types", id="t1", name="SSD", created_at="2026-01-01 10:00:00", deleted=0)


def change(traced: Traced, values: str) -> None:
    traced.execute("cinder", f"UPDATE volumes SET {values}, updated_at = UTC_TIMESTAMP()")


def test_periods_follow_from_the_row_and_its_attachments(traced: Traced) -> None:
    make(traced)
    attach(
        traced, attach_status="detached", deleted=1, detach_time="2026-01-02 06:00:00", deleted_at="2026-01-02 06:00:00"
    )
    traced.execute("cinder", f"UPDATE volumes SET {DELETED}")
    traced.sync(*VOLUMES)

    assert traced.told("volume", "valid_from", "valid_to", "state", "in_use", "attached", "valid_from_origin") == [
        ("2026-01-01 12:00:00", "2026-01-01 12:00:10", "creating", True, False, "row"),
        ("2026-01-01 12:00:10", "2026-01-01 18:00:00", "available", True, False, "row"),
        ("2026-01-01 18:00:00", "2026-01-02 06:00:00", "in-use", True, True, "row"),
        ("2026-01-02 06:00:00", "2026-01-03 00:00:00", "available", True, False, "row"),
        ("2026-01-03 00:00:00", "2026-01-03 00:00:06", "deleting", False, False, "row"),
    ]
    assert set(traced.told("volume", "project_id", "size", "volume_type", "availability_zone")) == {
        ("p1", 10, "t1", "north")
    }


def test_use_is_added_up_by_day_type_zone_and_state(traced_on_each: Traced) -> None:
    traced = traced_on_each
    define(traced)
    make(traced, size=7)
    make(traced, "v2", size=None, volume_type_id="gone", availability_zone=None, project_id="p2")
    attach(traced)
    traced.execute("cinder", f"UPDATE volumes SET {DELETED}")
    traced.sync(*VOLUMES)

    assert traced.used(
        "volume", "day", "project_id", "type", "availability_zone", "state", "seconds", "size_gb_seconds"
    ) == [
        ("2026-01-01", "p1", "SSD", "north", "available", 21_590, 21_590 * 7),
        ("2026-01-01", "p1", "SSD", "north", "creating", 10, 70),
        ("2026-01-01", "p1", "SSD", "north", "in-use", 21_600, 21_600 * 7),
        ("2026-01-01", "p2", "gone", "", "available", 43_190, 0),
        ("2026-01-01", "p2", "gone", "", "creating", 10, 0),
        ("2026-01-02", "p1", "SSD", "north", "in-use", 86_400, 86_400 * 7),
        ("2026-01-02", "p2", "gone", "", "available", 86_400, 0),
    ]


def test_an_extension_and_a_transfer_are_estimates_that_supersede(traced_on_each: Traced) -> None:
    traced = traced_on_each
    make(traced)
    traced.sync(*VOLUMES)
    read = traced.periods("volume")[0]["known_from"]
    (before,) = [row for row in traced.periods("volume") if row["valid_to"] is None]

    change(traced, "size = 30, project_id = 'p2'")
    traced.sync(*VOLUMES)

    *_others, old, new = traced.periods("volume")
    assert (old["size"], old["project_id"], new["size"], new["project_id"]) == (10, "p1", 30, "p2")
    assert (new["valid_from_origin"], old["valid_to_origin"]) == ("estimate", "estimate")
    assert old["valid_to"] == new["valid_from"]
    assert new["valid_from_earliest"] <= read <= new["valid_from_latest"] == new["valid_from"] <= traced.now()
    (gone,) = traced.superseded("volume")
    assert {**gone, "known_to": None} == before
    assert gone["known_to"] == new["known_from"]


def test_an_earlier_version_keeps_when_it_was_saved_last(traced: Traced) -> None:
    make(traced)
    traced.sync(*VOLUMES)
    traced.execute("cinder", "UPDATE volumes SET display_name = 'renamed', updated_at = '2026-02-01 00:00:00'")
    traced.sync(*VOLUMES)
    assert traced.versions("volume") == []

    change(traced, "size = 30")
    traced.sync(*VOLUMES)

    (version,) = traced.versions("volume")
    assert (version["size"], version["updated"], version["launched"]) == (
        *(10, "2026-02-01 00:00:00", "2026-01-01 12:00:10"),
    )


def test_a_detach_is_found_though_the_volume_says_nothing_of_it(trace: Callable[..., Traced]) -> None:
    traced = trace("2019.2")
    make(traced, status="in-use")
    attach(traced)
    traced.sync(*VOLUMES)
    assert traced.told("volume", "state", "attached")[-1] == ("in-use", True)

    ended = "attach_status = 'detached', deleted = 1, deleted_at = '2026-01-02 06:00:00'"
    traced.execute("cinder", f"UPDATE volume_attachment SET {ended}")
    traced.sync(*VOLUMES)

    assert traced.told("volume", "valid_from", "state", "attached")[-1] == ("2026-01-02 06:00:00", "available", False)


def test_use_of_past_days_follows_when_something_is_learned_later(traced: Traced) -> None:
    make(traced)
    traced.execute("cinder", f"UPDATE volumes SET {DELETED}")
    traced.sync(*VOLUMES)
    attach(traced)
    traced.sync(*VOLUMES)

    assert traced.used("volume", "day", "state", "seconds") == [
        ("2026-01-01", "available", 21_590),
        ("2026-01-01", "creating", 10),
        ("2026-01-01", "in-use", 21_600),
        ("2026-01-02", "in-use", 86_400),
    ]


def test_a_volume_that_vanished_ends_between_two_instants(traced: Traced) -> None:
    make(traced)
    make(traced, "v2")
    traced.sync(*VOLUMES)
    traced.execute("cinder", "DELETE FROM volumes WHERE id = 'v1'")
    traced.sync(*VOLUMES)

    last = traced.periods("volume", id="v1")[-1]
    assert last["valid_to_origin"] == "estimate"
    assert last["valid_to_earliest"] <= last["valid_to_latest"] == last["valid_to"]


def test_failed_and_temporary_volumes_are_no_use(traced: Traced) -> None:
    make(traced, "failed", status="error", launched_at=None, updated_at="2026-01-01 12:00:07")
    make(traced, "twin", migration_status="target:v1")
    traced.sync(*VOLUMES)

    assert {use for (use,) in traced.told("volume", "in_use")} == {False}
    assert traced.used("volume", "day") == []


def test_nothing_is_derived_before_all_facts_were_read(traced: Traced) -> None:
    make(traced)
    traced.sync("volume")
    assert traced.periods("volume") == []

    traced.sync("volume_attachment")
    assert len(traced.periods("volume")) == 2


def test_a_cycle_without_changes_adds_nothing(traced: Traced) -> None:
    make(traced)
    attach(traced)
    traced.sync(*VOLUMES)
    before = traced.pollster.rows("volume_period"), traced.pollster.rows("usage_day")
    traced.sync(*VOLUMES)

    assert (traced.pollster.rows("volume_period"), traced.pollster.rows("usage_day")) == before
    traced.pollster.sync(*VOLUMES, full=True)
    assert (traced.pollster.rows("volume_period"), traced.pollster.rows("usage_day")) == before
