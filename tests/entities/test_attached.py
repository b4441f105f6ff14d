"""What a volume is attached to, on each database that ours may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.entities.followed import Followed
from tests.openstack import Cloud


@pytest.fixture
def followed(cloud: Cloud, ready_store_url: str) -> Iterator[Followed]:
    followed = Followed(cloud, ready_store_url)
    yield followed
    followed.close()


@pytest.fixture
def attached(followed: Followed) -> Callable[[], dict[str, tuple[bool, str | None]]]:
    """Follow the cloud, and tell of each volume whether it is attached, and to which instance."""

    def look() -> dict[str, tuple[bool, str | None]]:
        followed.read("volume_attachment")
        return {row["id"]: (row["attached"], row["instance_uuid"]) for row in followed.pollster.rows("volume")}

    return look


def volume(followed: Followed, *keys: str) -> None:
    for key in keys:
        followed.insert("cinder", "volumes", id=key, project_id="p1", deleted=0, created_at="2026-01-01 10:00:00")


def attach(followed: Followed, key: str, volume_id: str, instance: str | None, **columns: object) -> None:
    known = {"attach_status": "attached", "attach_time": "2026-01-01 12:00:00", "deleted": 0}
    followed.insert(
        "cinder", "volume_attachment", id=key, volume_id=volume_id, instance_uuid=instance, **{**known, **columns}
    )


def detach(followed: Followed, key: str) -> None:
    followed.execute(
        "cinder", f"UPDATE volume_attachment SET deleted = 1, attach_status = 'detached' WHERE id = '{key}'"
    )


def test_the_first_live_attachment_tells(
    followed: Followed, attached: Callable[[], dict[str, tuple[bool, str | None]]]
) -> None:
    volume(followed, "free", "single", "shared", "host", "reserved", "left", "undated")
    attach(followed, "a1", "single", "i1")
    attach(followed, "a2", "shared", "i2", attach_time="2026-01-01 15:00:00")
    attach(followed, "a3", "shared", "i3", attach_time="2026-01-01 14:00:00")
    attach(followed, "a4", "host", None, attached_host="cn1")
    attach(followed, "a5", "reserved", "i5", attach_status="reserved", attach_time=None)
    attach(followed, "a6", "left", "i6", deleted=1)
    attach(followed, "a7", "undated", "i7", attach_time=None)
    attach(followed, "a8", "undated", "i8")

    assert attached() == {
        "free": (False, None),
        "single": (True, "i1"),
        "shared": (True, "i3"),
        "host": (True, None),
        "reserved": (False, None),
        "left": (False, None),
        "undated": (True, "i8"),
    }


def test_each_change_of_an_attachment_is_followed(
    followed: Followed, attached: Callable[[], dict[str, tuple[bool, str | None]]]
) -> None:
    volume(followed, "v1")
    attach(followed, "a1", "v1", "i1", attach_status="attaching", attach_time=None)
    steps = [attached()["v1"]]

    followed.execute("cinder", "UPDATE volume_attachment SET attach_status = 'attached'")
    steps.append(attached()["v1"])
    attach(followed, "a2", "v1", "i2")
    detach(followed, "a1")
    steps.append(attached()["v1"])
    followed.execute("cinder", "DELETE FROM volume_attachment")
    steps.append(attached()["v1"])

    assert steps == [(False, None), (True, "i1"), (True, "i2"), (False, None)]


def test_a_volume_that_comes_after_its_attachment_is_attached(
    followed: Followed, attached: Callable[[], dict[str, tuple[bool, str | None]]]
) -> None:
    volume(followed, "v1")
    attach(followed, "a2", "v2", "i2")
    assert attached() == {"v1": (False, None)}

    volume(followed, "v2")
    followed.read("volume")

    assert followed.pollster.one("volume", id="v2")["instance_uuid"] == "i2"


def test_a_deleted_volume_is_attached_to_nothing(
    followed: Followed, attached: Callable[[], dict[str, tuple[bool, str | None]]]
) -> None:
    volume(followed, "v1")
    attach(followed, "a1", "v1", "i1")
    attached()

    followed.execute("cinder", "UPDATE volumes SET deleted = 1, deleted_at = '2026-01-05 10:00:00'")

    assert attached() == {"v1": (False, None)}


def test_only_volumes_that_differ_are_touched(
    followed: Followed, attached: Callable[[], dict[str, tuple[bool, str | None]]]
) -> None:
    volume(followed, "v1", "v2")
    attach(followed, "a1", "v1", "i1")
    attached()
    before = {row["id"]: row for row in followed.pollster.rows("volume")}

    attach(followed, "a2", "v1", "i9", attach_time="2026-01-02 12:00:00")
    attached()

    assert {row["id"]: row for row in followed.pollster.rows("volume")} == before
