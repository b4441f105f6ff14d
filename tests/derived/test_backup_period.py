from __future__ import annotations

from tests.derived.traced import Traced


def back_up(traced: Traced, key: str = "b1", **columns: object) -> None:
    known = {"volume_id": "v1", "project_id": "p1", "size": 10, "status": "available", "deleted": 0}
    times = {"created_at": "2026-01-01 12:00:00", "updated_at": "2026-01-01 12:30:00"}
    traced.insert("cinder", "backups", id=key, **{**known, **times, **columns})


def test_a_backup_outlives_its_volume_and_counts(traced_on_each: Traced) -> None:
    traced = traced_on_each
    back_up(traced)
    traced.execute("cinder", "UPDATE backups SET deleted = 1, status = 'deleted', deleted_at = '2026-01-02 12:00:00'")
    traced.sync("backup")

    assert traced.told("backup", "valid_from", "valid_to", "state", "in_use", "size") == [
        ("2026-01-01 12:00:00", "2026-01-02 12:00:00", "available", True, 10)
    ]
    assert traced.used("backup", "day", "project_id", "type", "state", "seconds", "size_gb_seconds") == [
        ("2026-01-01", "p1", "", "available", 43_200, 432_000),
        ("2026-01-02", "p1", "", "available", 43_200, 432_000),
    ]


def test_one_that_fails_after_it_was_seen_in_the_making_was_no_use(traced: Traced) -> None:
    back_up(traced, status="creating", updated_at=None)
    traced.sync("backup")
    assert traced.told("backup", "state", "in_use") == [("creating", True)]

    traced.execute("cinder", "UPDATE backups SET status = 'error', updated_at = UTC_TIMESTAMP()")
    traced.sync("backup")

    assert traced.told("backup", "state", "in_use")[0] == ("creating", False)
    assert traced.used("backup", "day") == []
