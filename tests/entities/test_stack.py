from collections.abc import Callable

from tests.entities.followed import Followed


def create(followed: Followed, key: str = "s1", **columns: object) -> None:
    known = {"name": "web", "tenant": "p1", "action": "CREATE", "status": "COMPLETE", "backup": 0}
    followed.insert("heat", "stack", id=key, created_at="2026-01-01 10:00:00", **{**known, **columns})


def test_a_stack_brings_its_project_and_its_state(followed: Followed) -> None:
    create(followed, updated_at="2026-01-02 10:00:00", action="UPDATE", status="FAILED")

    row = followed.one("stack")

    assert (row["id"], row["project_id"], row["name"]) == ("s1", "p1", "web")
    assert (row["action"], row["status"]) == ("UPDATE", "FAILED")
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-02 10:00:00")
    assert (row["active"], row["deleted"]) == (True, None)


def test_without_heat_there_is_none(follow: Callable[..., Followed]) -> None:
    followed = follow(without=("heat",))

    assert followed.read("stack") == []


def test_nested_stacks_and_backups_are_heats_own(followed: Followed) -> None:
    create(followed, "s1", backup=None)
    create(followed, "s2", owner_id="s1")
    create(followed, "s3", backup=1)

    assert [row["id"] for row in followed.read("stack")] == ["s1"]


def test_a_deleted_stack_stays_when_heat_purges_it(followed: Followed) -> None:
    create(followed, "s1")
    create(followed, "s2")
    followed.read("stack")

    ended = "action = 'DELETE', deleted_at = '2026-01-05 10:00:00'"
    followed.execute("heat", f"UPDATE stack SET {ended} WHERE id = 's1'")
    deleted = followed.one("stack", id="s1")
    followed.execute("heat", "DELETE FROM stack WHERE id = 's1'")
    purged = followed.one("stack", id="s1")

    assert (deleted["active"], deleted["deleted"]) == (False, "2026-01-05 10:00:00")
    assert purged == deleted
    assert [(one["action"], one["active"]) for one in followed.versions("stack")] == [("CREATE", True)]


def test_a_stack_that_is_gone_without_a_date_ended_between_two_instants(followed: Followed) -> None:
    create(followed)
    followed.read("stack")

    followed.execute("heat", "DELETE FROM stack")
    row = followed.one("stack")

    assert not row["active"]
    assert row["vanished_after"] <= row["vanished_before"] == row["deleted"]
