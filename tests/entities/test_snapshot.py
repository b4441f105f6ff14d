from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def take(followed: Followed, key: str = "s1", **columns: object) -> None:
    known = {"volume_id": "v1", "project_id": "p1", "volume_size": 10, "volume_type_id": "t1", "status": "available"}
    times = {"created_at": "2026-01-01 10:00:00", "deleted": 0}
    followed.insert("cinder", "snapshots", id=key, **{**known, **times, **columns})


@pytest.mark.parametrize("release", RELEASES)
def test_a_snapshot_brings_its_volume_and_its_size(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    take(followed, user_id="u1", display_name="before", updated_at="2026-01-01 10:00:09")

    row = followed.one("snapshot")

    assert (row["id"], row["volume_id"], row["project_id"], row["user_id"]) == ("s1", "v1", "p1", "u1")
    assert (row["size"], row["volume_type"], row["status"]) == (10, "t1", "available")
    assert (row["display_name"], row["temporary"]) == ("before", False)
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:09")
    assert (row["active"], row["deleted"]) == (True, None)


def test_what_cinder_made_for_itself_is_marked(followed: Followed) -> None:
    take(followed, use_quota=0)

    assert followed.one("snapshot")["temporary"]


def test_a_deletion_that_moves_no_time_is_found(follow: Callable[..., Followed]) -> None:
    followed = follow(page_rows=1, sweep_share=0.0)
    for key in ("s1", "s2", "s3"):
        take(followed, key)
    followed.read("snapshot")

    ended = "status = 'deleted', deleted = 1, deleted_at = '2026-01-05 10:00:00'"
    followed.execute("cinder", f"UPDATE snapshots SET {ended} WHERE id = 's3'")
    row = followed.one("snapshot", id="s3")

    assert (row["active"], row["deleted"], row["status"]) == (False, "2026-01-05 10:00:00", "deleted")
    assert [(one["id"], one["status"]) for one in followed.versions("snapshot")] == [("s3", "available")]


def test_a_snapshot_keeps_the_date_of_its_deletion_when_cinder_purges_it(followed: Followed) -> None:
    take(followed, deleted=1, deleted_at="2026-01-05 10:00:00")
    known = followed.one("snapshot")

    followed.execute("cinder", "DELETE FROM snapshots")

    assert followed.one("snapshot") == known
