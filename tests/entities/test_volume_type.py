import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def define(followed: Followed, key: str = "t1", **columns: object) -> None:
    known = {"name": "ssd", "created_at": "2026-01-01 10:00:00", "deleted": 0}
    followed.insert("cinder", "volume_types", id=key, **{**known, **columns})


def specify(followed: Followed, name: str, value: str | None, **columns: object) -> None:
    known = {"volume_type_id": "t1", "deleted": 0}
    followed.insert("cinder", "volume_type_extra_specs", **{"key": name, "value": value, **known, **columns})


def specs(row: dict[str, Any]) -> Any:
    return json.loads(row["extra_specs"])


@pytest.mark.parametrize("release", RELEASES)
def test_a_type_brings_its_extra_specs_in_order(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    define(followed, description="fast", qos_specs_id="q1", is_public=0, updated_at="2026-01-02 10:00:00")
    specify(followed, "volume_backend_name", "céph")
    specify(followed, "multiattach", "<is> True")
    specify(followed, "gone", "x", deleted=1)
    specify(followed, "other", "x", volume_type_id="t2")

    row = followed.one("volume_type", id="t1")

    assert (row["name"], row["description"], row["qos"], row["public"]) == ("ssd", "fast", "q1", False)
    assert row["extra_specs"] == '{"multiattach": "<is> True", "volume_backend_name": "céph"}'
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-02 10:00:00")
    assert (row["active"], row["deleted"]) == (True, None)


def test_a_type_that_says_nothing_is_public_and_has_no_specs(followed: Followed) -> None:
    define(followed, is_public=None)

    row = followed.one("volume_type", id="t1")

    assert (row["public"], specs(row)) == (True, {})


def test_names_repeat_among_deleted_types(followed: Followed) -> None:
    define(followed, "t1", deleted=1, deleted_at="2026-01-05 10:00:00")
    define(followed, "t2")

    rows = followed.read("volume_type")

    assert [(row["id"], row["active"], row["deleted"]) for row in rows] == [
        ("t1", False, "2026-01-05 10:00:00"),
        ("t2", True, None),
    ]


def test_what_the_specs_of_a_deleted_type_were_is_in_the_history(followed: Followed) -> None:
    define(followed)
    define(followed, "t2", name="hdd")  # no cloud is without any
    specify(followed, "volume_backend_name", "ceph")
    followed.read("volume_type")

    followed.execute("cinder", "UPDATE volume_type_extra_specs SET deleted = 1")
    followed.execute(
        "cinder", "UPDATE volume_types SET deleted = 1, deleted_at = '2026-01-05 10:00:00' WHERE id = 't1'"
    )
    row = followed.one("volume_type", id="t1")

    assert (row["active"], specs(row)) == (False, {})
    assert [(one["active"], specs(one)) for one in followed.versions("volume_type")] == [
        (True, {"volume_backend_name": "ceph"})
    ]


def test_a_purged_type_keeps_the_date_of_its_deletion(followed: Followed) -> None:
    define(followed, "t1", deleted=1, deleted_at="2026-01-05 10:00:00")
    define(followed, "t2", name="hdd")
    known = followed.one("volume_type", id="t1")

    followed.execute("cinder", "DELETE FROM volume_types WHERE id = 't1'")

    assert followed.one("volume_type", id="t1") == known
