from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def upload(followed: Followed, key: str = "i1", **columns: object) -> None:
    known = {"name": "debian", "owner": "p1", "size": 3_000_000_000, "status": "active", "deleted": 0}
    times = {"created_at": "2026-01-01 10:00:00", "updated_at": "2026-01-01 10:00:00", "visibility": "shared"}
    followed.insert("glance", "images", id=key, **{**known, **times, **columns})


@pytest.mark.parametrize("release", RELEASES)
def test_an_image_brings_its_size_in_bytes_and_who_may_see_it(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    form = {"disk_format": "qcow2", "container_format": "bare", "min_disk": 8, "min_ram": 512, "checksum": "c" * 32}
    upload(followed, visibility="public", os_hidden=1, protected=1, virtual_size=9_000_000_000, **form)

    row = followed.one("image")

    assert (row["id"], row["project_id"], row["name"]) == ("i1", "p1", "debian")
    assert (row["size"], row["virtual_size"], row["status"]) == (3_000_000_000, 9_000_000_000, "active")
    assert (row["public"], row["visibility"], row["hidden"], row["protected"]) == (True, "public", True, True)
    assert (row["disk_format"], row["container_format"], row["checksum"]) == ("qcow2", "bare", "c" * 32)
    assert (row["min_disk"], row["min_ram"]) == (8, 512)
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:00")
    assert (row["active"], row["deleted"]) == (True, None)


def test_an_image_that_is_not_uploaded_yet_has_no_size_and_may_have_no_owner(followed: Followed) -> None:
    upload(followed, size=None, owner=None, status="queued")

    row = followed.one("image")

    assert (row["size"], row["project_id"], row["status"]) == (None, None, "queued")


@pytest.mark.parametrize("visibility", ["private", "shared", "community"])
def test_only_public_images_are_public(followed: Followed, visibility: str) -> None:
    upload(followed, visibility=visibility)

    row = followed.one("image")

    assert (row["public"], row["visibility"]) == (False, visibility)


def test_a_deletion_is_told_by_its_flag_not_by_the_status(followed: Followed) -> None:
    upload(followed, "i1")
    upload(followed, "i2", status="pending_delete")
    followed.read("image")

    ended = "deleted = 1, deleted_at = '2026-01-05 10:00:00', updated_at = '2026-01-05 10:00:00'"
    followed.execute("glance", f"UPDATE images SET {ended} WHERE id = 'i1'")
    found = {row["id"]: (row["status"], row["active"], row["deleted"]) for row in followed.read("image")}

    assert found == {"i1": ("active", False, "2026-01-05 10:00:00"), "i2": ("pending_delete", True, None)}


DATED = "visibility = 'public', updated_at = '2026-01-05 10:00:00'"
UNDATED = "deleted = 1, deleted_at = '2026-01-05 10:00:00'"


@pytest.mark.parametrize(("change", "seen"), [(DATED, (True, True)), (UNDATED, (False, False))])
def test_a_change_is_found_before_the_walk_comes_by(
    follow: Callable[..., Followed], change: str, seen: tuple[bool, bool]
) -> None:
    followed = follow(page_rows=1, sweep_hours=10_000)
    followed.cloud.insert_many("glance", "images", [_old(number) for number in range(300)])
    upload(followed, "i300", created_at="2026-01-04 10:00:00", updated_at="2026-01-04 10:00:00")
    followed.read("image")

    followed.execute("glance", f"UPDATE images SET {change} WHERE id = 'i299'")
    row = followed.one("image", id="i299")

    assert (row["public"], row["active"]) == seen


def _old(number: int) -> dict[str, object]:
    times = {"created_at": "2026-01-01 10:00:00", "updated_at": "2026-01-01 10:00:00"}
    return {"id": f"i{number:03}", "owner": "p1", "status": "active", "deleted": 0, **times}


def test_a_change_of_owner_or_visibility_keeps_what_was_before(followed: Followed) -> None:
    upload(followed, visibility="private")
    followed.read("image")

    change = "owner = 'p2', visibility = 'public', updated_at = '2026-01-02 10:00:00'"
    followed.execute("glance", f"UPDATE images SET {change}")
    row = followed.one("image")

    assert (row["project_id"], row["public"]) == ("p2", True)
    assert [(one["project_id"], one["visibility"]) for one in followed.versions("image")] == [("p1", "private")]


def test_an_image_keeps_the_date_of_its_deletion_when_glance_purges_it(followed: Followed) -> None:
    upload(followed, deleted=1, deleted_at="2026-01-05 10:00:00", updated_at="2026-01-05 10:00:00")
    known = followed.one("image")

    followed.execute("glance", "DELETE FROM images")

    assert followed.one("image") == known
