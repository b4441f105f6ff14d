from collections.abc import Callable

import pytest

from reporting_pollster.entities.base import Paged
from reporting_pollster.entities.volume_attachment import ENTITY
from tests.entities.followed import Followed
from tests.entities.selects import RELEASES, EmptyCloud


def attach(followed: Followed, key: str = "a1", **columns: object) -> None:
    known = {"volume_id": "v1", "instance_uuid": "i1", "attach_status": "attached", "deleted": 0}
    times = {"created_at": "2026-01-01 10:00:00", "attach_time": "2026-01-01 10:00:03"}
    followed.insert("cinder", "volume_attachment", id=key, **{**known, **times, **columns})


@pytest.mark.parametrize("release", RELEASES)
def test_an_attachment_tells_what_where_and_when(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    attach(followed, mountpoint="/dev/vdb", attach_mode="rw", updated_at="2026-01-01 10:00:04")

    row = followed.one("volume_attachment")

    assert (row["id"], row["volume_id"], row["instance_id"], row["attached_host"]) == ("a1", "v1", "i1", None)
    assert (row["device"], row["mode"], row["status"]) == ("/dev/vdb", "rw", "attached")
    assert (row["created"], row["attached"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:03")
    assert (row["updated"], row["detached"], row["deleted"]) == ("2026-01-01 10:00:04", None, None)
    assert row["active"]


def test_a_detach_that_moves_no_time_is_found(follow: Callable[..., Followed]) -> None:
    followed = follow("2019.2")
    attach(followed)
    followed.read("volume_attachment")

    ended = "attach_status = 'detached', deleted = 1, detach_time = '2026-01-02 10:00:00'"
    followed.execute("cinder", f"UPDATE volume_attachment SET {ended}, deleted_at = '2026-01-02 10:00:01'")
    row = followed.one("volume_attachment")

    assert (row["active"], row["status"]) == (False, "detached")
    assert (row["detached"], row["deleted"]) == ("2026-01-02 10:00:00", "2026-01-02 10:00:01")
    assert [(one["status"], one["active"]) for one in followed.versions("volume_attachment")] == [("attached", True)]


def test_several_attachments_of_one_volume_are_several_rows(followed: Followed) -> None:
    attach(followed, "a1", instance_uuid="i1")
    attach(followed, "a2", instance_uuid=None, attached_host="cn1")

    rows = followed.read("volume_attachment", volume_id="v1")

    assert [(row["instance_id"], row["attached_host"]) for row in rows] == [("i1", None), (None, "cn1")]


def test_secrets_of_a_connection_are_not_asked_for() -> None:
    assert isinstance(ENTITY.source, Paged)

    query = str(ENTITY.source.select(EmptyCloud().tables("cinder")))

    assert "attach_status" in query
    assert "connect" not in query
