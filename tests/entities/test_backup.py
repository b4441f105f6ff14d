from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def back_up(followed: Followed, key: str = "b1", **columns: object) -> None:
    known = {"volume_id": "v1", "project_id": "p1", "size": 10, "status": "available", "deleted": 0}
    followed.insert("cinder", "backups", id=key, created_at="2026-01-01 10:00:00", **{**known, **columns})


@pytest.mark.parametrize("release", RELEASES)
def test_a_backup_brings_its_size_and_what_it_is_of(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    place = {"container": "backups", "availability_zone": "north", "host": "bk1", "object_count": 7}
    origin = {"parent_id": "b0", "snapshot_id": "s1", "data_timestamp": "2026-01-01 09:59:00"}
    back_up(followed, user_id="u1", display_name="daily", updated_at="2026-01-01 10:30:00", **place, **origin)

    row = followed.one("backup")

    assert (row["id"], row["volume_id"], row["project_id"], row["user_id"]) == ("b1", "v1", "p1", "u1")
    assert (row["size"], row["object_count"], row["status"], row["display_name"]) == (10, 7, "available", "daily")
    assert (row["parent_id"], row["snapshot_id"], row["data_timestamp"]) == ("b0", "s1", "2026-01-01 09:59:00")
    assert (row["container"], row["availability_zone"], row["host"]) == ("backups", "north", "bk1")
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-01 10:30:00")
    assert (row["active"], row["deleted"]) == (True, None)


def test_an_imported_backup_is_of_no_volume(followed: Followed) -> None:
    back_up(followed, volume_id="00000000-0000-0000-0000-000000000000")

    assert followed.one("backup")["volume_id"] is None


def test_a_deletion_that_moves_no_time_is_found(follow: Callable[..., Followed]) -> None:
    followed = follow(page_rows=1, sweep_share=0.0)
    for key in ("b1", "b2", "b3"):
        back_up(followed, key)
    followed.read("backup")

    ended = "status = 'deleted', deleted = 1, deleted_at = '2026-01-05 10:00:00'"
    followed.execute("cinder", f"UPDATE backups SET {ended} WHERE id = 'b3'")
    row = followed.one("backup", id="b3")

    assert (row["active"], row["deleted"], row["status"]) == (False, "2026-01-05 10:00:00", "deleted")
    assert [(one["id"], one["status"]) for one in followed.versions("backup")] == [("b3", "available")]


def test_a_backup_outlives_its_volume_and_its_own_purge(followed: Followed) -> None:
    back_up(followed, "b1", volume_id="gone")
    back_up(followed, "b2", deleted=1, deleted_at="2026-01-05 10:00:00")
    known = followed.read("backup")

    followed.execute("cinder", "DELETE FROM backups WHERE id = 'b2'")

    assert followed.read("backup") == known
    assert [(row["volume_id"], row["active"]) for row in known] == [("gone", True), ("v1", False)]
