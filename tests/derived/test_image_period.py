from __future__ import annotations

from tests.derived.traced import Traced

MIB = 2**20
DELETED = "deleted = 1, deleted_at = '2026-01-02 12:00:00', updated_at = '2026-01-02 12:00:00'"


def upload(traced: Traced, key: str = "i1", **columns: object) -> None:
    known = {"owner": "p1", "size": 3 * MIB + 1, "status": "active", "deleted": 0, "visibility": "shared"}
    times = {"created_at": "2026-01-01 12:00:00", "updated_at": "2026-01-01 12:00:00"}
    traced.insert("glance", "images", id=key, **{**known, **times, **columns})


def test_an_image_counts_in_megabytes_each_rounded_up(traced_on_each: Traced) -> None:
    traced = traced_on_each
    upload(traced)
    upload(traced, "i2", size=2**50 - 1)
    upload(traced, "i3", size=MIB, owner=None)
    traced.execute("glance", f"UPDATE images SET {DELETED}")
    traced.sync("image")

    assert traced.told("image", "valid_from", "valid_to", "state", "in_use", "size", id="i1") == [
        ("2026-01-01 12:00:00", "2026-01-02 12:00:00", "active", True, 3 * MIB + 1)
    ]
    day = ("active", 86_400, 43_200 * (4 + 2**30))
    assert traced.used("image", "project_id", "day", "state", "seconds", "size_mb_seconds") == [
        ("", "2026-01-01", "active", 43_200, 43_200),
        ("p1", "2026-01-01", *day),
        ("", "2026-01-02", "active", 43_200, 43_200),
        ("p1", "2026-01-02", *day),
    ]


def test_an_image_that_is_announced_is_no_use_until_it_has_data(traced: Traced) -> None:
    upload(traced, status="queued", size=None)
    traced.sync("image")
    traced.execute("glance", "UPDATE images SET status = 'active', size = 5, updated_at = UTC_TIMESTAMP()")
    traced.sync("image")

    assert traced.told("image", "state", "in_use", "size", "valid_from_origin") == [
        ("queued", False, None, "row"),
        ("active", True, 5, "estimate"),
    ]
