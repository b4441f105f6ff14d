from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def make(followed: Followed, key: str = "v1", **columns: object) -> None:
    known = {"project_id": "p1", "size": 10, "status": "available", "volume_type_id": "t1", "deleted": 0}
    followed.insert("cinder", "volumes", id=key, created_at="2026-01-01 10:00:00", **{**known, **columns})


def drop(followed: Followed, key: str) -> None:
    """As cinder does: updated_at stays."""
    ended = "status = 'deleted', deleted = 1, deleted_at = '2026-01-05 10:00:00', terminated_at = '2026-01-05 09:59:58'"
    followed.execute("cinder", f"UPDATE volumes SET {ended} WHERE id = '{key}'")


@pytest.mark.parametrize("release", RELEASES)
def test_a_volume_brings_its_size_its_type_and_where_it_is(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    place = {"availability_zone": "north", "host": "st1@ceph#ssd", "display_name": "data", "user_id": "u1"}
    origin = {"snapshot_id": "s1", "source_volid": "v0", "bootable": 1, "multiattach": 0, "attach_status": "detached"}
    make(followed, launched_at="2026-01-01 10:00:05", updated_at="2026-01-02 10:00:00", **place, **origin)

    row = followed.one("volume")

    assert (row["id"], row["project_id"], row["display_name"], row["user_id"]) == ("v1", "p1", "data", "u1")
    assert (row["size"], row["volume_type"], row["status"], row["attach_status"]) == (10, "t1", "available", "detached")
    assert (row["availability_zone"], row["host"]) == ("north", "st1@ceph#ssd")
    assert (row["snapshot_id"], row["source_volume"]) == ("s1", "v0")
    assert (row["bootable"], row["multiattach"], row["temporary"]) == (True, False, False)
    assert (row["created"], row["launched"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:05")
    assert (row["updated"], row["terminated"]) == ("2026-01-02 10:00:00", None)
    assert (row["active"], row["deleted"], row["attached"], row["instance_uuid"]) == (True, None, False, None)


def test_what_cinder_made_for_itself_is_marked(followed: Followed) -> None:
    make(followed, "moving", migration_status="migrating")
    make(followed, "twin", migration_status="target:moving")
    make(followed, "cached", use_quota=0)

    marked = {row["id"]: row["temporary"] for row in followed.read("volume")}

    assert marked == {"moving": False, "twin": True, "cached": True}


def test_a_deletion_that_moves_no_time_is_found(followed: Followed) -> None:
    make(followed, updated_at="2026-01-02 10:00:00")
    followed.read("volume")

    drop(followed, "v1")
    row = followed.one("volume")

    assert (row["active"], row["deleted"], row["status"]) == (False, "2026-01-05 10:00:00", "deleted")
    assert row["vanished_before"] is None


def test_counts_of_the_living_find_what_the_walk_has_not_reached(follow: Callable[..., Followed]) -> None:
    followed = follow(page_rows=1, sweep_share=0.0)
    for key in ("v1", "v2", "v3", "v4"):
        make(followed, key)
    followed.read("volume")

    drop(followed, "v3")
    make(followed, "v5", project_id="p2")
    found = {row["id"]: row["active"] for row in followed.read("volume")}

    assert found == {"v1": True, "v2": True, "v3": False, "v4": True, "v5": True}


def test_a_volume_keeps_the_date_of_its_deletion_when_cinder_purges_it(followed: Followed) -> None:
    make(followed)
    drop(followed, "v1")
    known = followed.one("volume")

    followed.execute("cinder", "DELETE FROM volumes")

    assert followed.one("volume") == known


def test_a_volume_that_is_gone_without_a_date_ended_between_two_instants(followed: Followed) -> None:
    make(followed, "v1")
    make(followed, "v2")
    followed.read("volume")

    followed.execute("cinder", "DELETE FROM volumes WHERE id = 'v1'")
    row = followed.one("volume", id="v1")

    assert not row["active"]
    assert row["vanished_after"] <= row["vanished_before"] == row["deleted"]


def test_what_a_volume_was_before_is_kept(followed: Followed) -> None:
    make(followed)
    followed.read("volume")

    followed.execute("cinder", "UPDATE volumes SET size = 50, project_id = 'p2', volume_type_id = 't2'")
    row = followed.one("volume")

    assert (row["size"], row["project_id"], row["volume_type"]) == (50, "p2", "t2")
    kept = [(one["size"], one["project_id"], one["volume_type"]) for one in followed.versions("volume")]
    assert kept == [(10, "p1", "t1")]


def test_a_volume_without_project_size_or_type_is_loaded(follow: Callable[..., Followed]) -> None:
    followed = follow("2019.2")
    make(followed, project_id=None, size=None, volume_type_id=None)

    row = followed.one("volume")

    assert (row["project_id"], row["size"], row["volume_type"], row["active"]) == (None, None, None, True)
