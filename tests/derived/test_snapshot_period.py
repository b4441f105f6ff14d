from __future__ import annotations

from tests.derived.traced import Traced

SNAPSHOTS = ("volume_type", "snapshot")
DELETED = "deleted = 1, status = 'deleted', deleted_at = '2026-01-02 12:00:00'"


def take(traced: Traced, key: str = "s1", **columns: object) -> None:
    known = {"volume_id": "v1", "project_id": "p1", "volume_size": 10, "volume_type_id": "t1", "status": "available"}
    times = {"created_at": "2026-01-01 12:00:00", "updated_at": "2026-01-01 12:00:05", "deleted": 0}
    traced.insert("cinder", "snapshots", id=key, **{**known, **times, **columns})


def test_a_snapshot_counts_by_the_type_of_its_volume(traced_on_each: Traced) -> None:
    traced = traced_on_each
    traced.insert("cinder", "volume_types", id="t1", name="SSD", created_at="2026-01-01 10:00:00", deleted=0)
    take(traced)
    traced.execute("cinder", f"UPDATE snapshots SET {DELETED}")
    traced.sync(*SNAPSHOTS)

    assert traced.told("snapshot", "valid_from", "valid_to", "state", "in_use", "size", "volume_type") == [
        ("2026-01-01 12:00:00", "2026-01-02 12:00:00", "available", True, 10, "t1")
    ]
    assert traced.used("snapshot", "day", "project_id", "type", "state", "seconds", "size_gb_seconds") == [
        ("2026-01-01", "p1", "SSD", "available", 43_200, 432_000),
        ("2026-01-02", "p1", "SSD", "available", 43_200, 432_000),
    ]


def test_a_transfer_takes_it_to_another_project(traced: Traced) -> None:
    take(traced)
    traced.sync(*SNAPSHOTS)
    traced.execute("cinder", "UPDATE snapshots SET project_id = 'p2', updated_at = UTC_TIMESTAMP()")
    traced.sync(*SNAPSHOTS)

    assert traced.told("snapshot", "project_id", "valid_from_origin") == [("p1", "row"), ("p2", "estimate")]
    assert len(traced.superseded("snapshot")) == 1


def test_failed_and_temporary_snapshots_are_no_use(traced: Traced) -> None:
    take(traced, "failed", status="error")
    take(traced, "inner", use_quota=0)
    traced.sync(*SNAPSHOTS)

    assert traced.told("snapshot", "id", "in_use") == [("failed", False), ("inner", False)]
