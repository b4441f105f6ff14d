from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES

CELL = "nova_cell1"
A_WHILE_AGO = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S")


def act(followed: Followed, number: int, cell: str = CELL, **columns: object) -> None:
    known = {"action": "create", "instance_uuid": "i1", "request_id": f"req-{number}", "start_time": A_WHILE_AGO}
    followed.insert(cell, "instance_actions", id=number, **{**known, "deleted": 0, **columns})


def archive(followed: Followed) -> None:
    followed.execute(CELL, "INSERT INTO shadow_instance_actions SELECT * FROM instance_actions")
    followed.execute(CELL, "DELETE FROM instance_actions")


@pytest.mark.parametrize("release", RELEASES)
def test_an_action_says_who_did_what_and_when_archived_or_not(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    ended = {"finish_time": "2026-01-01 10:00:07", "updated_at": "2026-01-01 10:00:09", "message": "Error"}
    act(followed, 1, action="stop")
    archive(followed)
    act(followed, 2, action="resize", user_id="u1", project_id="p1", start_time="2026-01-01 10:00:00", **ended)

    archived, action = followed.read("instance_action")

    assert (archived["id"], archived["action"], archived["active"]) == (1, "stop", True)
    assert (action["id"], action["cell_name"], action["instance_id"]) == (2, "cell1", "i1")
    assert (action["action"], action["request_id"], action["message"]) == ("resize", "req-2", "Error")
    assert (action["user_id"], action["project_id"], action["active"]) == ("u1", "p1", True)
    assert (action["started"], action["finished"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:07")
    assert action["updated"] == "2026-01-01 10:00:09"


def test_an_action_is_seen_to_end_when_thousands_came_after_it(follow: Callable[..., Followed]) -> None:
    followed = follow(page_rows=10, sweep_share=0.0)
    done = {"action": "reboot", "instance_uuid": "i2", "start_time": A_WHILE_AGO, "finish_time": A_WHILE_AGO}
    followed.cloud.insert_many(CELL, "instance_actions", [{"id": n, **done} for n in range(1, 100)])
    act(followed, 100, action="rebuild")
    followed.cloud.insert_many(CELL, "instance_actions", [{"id": n, **done} for n in range(101, 1000)])
    running = followed.one("instance_action", id=100)

    followed.execute(CELL, f"UPDATE instance_actions SET finish_time = '{A_WHILE_AGO}' WHERE id = 100")
    ended = followed.one("instance_action", id=100)

    assert (running["finished"], ended["finished"]) == (None, A_WHILE_AGO)


def test_a_new_action_is_found_by_its_number(follow: Callable[..., Followed]) -> None:
    followed = follow(page_rows=1, sweep_share=0.0)
    for number in (1, 2):
        act(followed, number, finish_time=A_WHILE_AGO)
    followed.read("instance_action")

    act(followed, 3, action="delete", finish_time=A_WHILE_AGO)

    assert followed.one("instance_action", id=3)["action"] == "delete"


def test_what_was_done_remains_done_when_nova_archives_and_purges_it(followed: Followed) -> None:
    act(followed, 1, finish_time=A_WHILE_AGO)
    known = followed.one("instance_action")

    archive(followed)
    archived = followed.one("instance_action")
    followed.execute(CELL, "DELETE FROM shadow_instance_actions")
    purged = followed.one("instance_action")

    assert known == archived == purged
    assert known["active"]
    assert followed.versions("instance_action") == []


def test_numbers_repeat_among_cells(followed: Followed) -> None:
    act(followed, 1, "nova_cell0", action="create")
    act(followed, 1, "nova_cell1", action="shelve")

    rows = followed.read("instance_action")

    assert [(row["cell_name"], row["action"]) for row in rows] == [("cell0", "create"), ("cell1", "shelve")]


def test_the_action_whose_number_a_restored_database_gives_again_is_kept(followed: Followed) -> None:
    act(followed, 1, action="resize", finish_time=A_WHILE_AGO)
    followed.read("instance_action")

    followed.execute(CELL, "DELETE FROM instance_actions")
    act(followed, 1, action="stop", instance_uuid="i9")
    now = followed.one("instance_action")

    assert (now["action"], now["instance_id"]) == ("stop", "i9")
    assert [(row["action"], row["instance_id"]) for row in followed.versions("instance_action")] == [("resize", "i1")]
