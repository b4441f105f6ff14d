from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES

CELL = "nova_cell1"


def move(followed: Followed, number: int = 1, **columns: object) -> None:
    known = {"uuid": f"m{number}", "instance_uuid": "i1", "migration_type": "resize", "status": "migrating"}
    times = {"created_at": "2026-01-01 10:00:00", "updated_at": "2026-01-01 10:00:30"}
    followed.insert(CELL, "migrations", id=number, **{**known, **times, "deleted": 0, **columns})


@pytest.mark.parametrize("release", RELEASES)
def test_a_resize_tells_both_flavours_and_where_the_instance_went(
    follow: Callable[..., Followed], release: str
) -> None:
    followed = follow(release)
    leaves = {"source_compute": "cn1", "source_node": "n1", "old_instance_type_id": 3}
    arrives = {"dest_compute": "cn2", "dest_node": "n2", "dest_host": "10.0.0.2", "new_instance_type_id": 4}
    move(followed, **leaves, **arrives, cross_cell_move=0, user_id="u1", project_id="p1")

    row = followed.one("migration")

    assert (row["id"], row["uuid"], row["cell_name"], row["instance_id"]) == (1, "m1", "cell1", "i1")
    assert (row["type"], row["status"], row["old_flavour"], row["new_flavour"]) == ("resize", "migrating", 3, 4)
    assert (row["source_host"], row["source_node"]) == ("cn1", "n1")
    assert (row["dest_host"], row["dest_node"]) == ("cn2", "n2")
    assert (row["cross_cell"], row["user_id"], row["project_id"]) == (False, "u1", "p1")
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-01 10:00:30")
    assert (row["active"], row["deleted"]) == (True, None)


@pytest.mark.parametrize("release", RELEASES)
def test_archived_migrations_are_read_too(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    move(followed, deleted=1, deleted_at="2026-01-02 10:00:00")
    followed.execute(CELL, "INSERT INTO shadow_migrations SELECT * FROM migrations")
    followed.execute(CELL, "DELETE FROM migrations")

    row = followed.one("migration")

    assert (row["active"], row["deleted"]) == (False, "2026-01-02 10:00:00")


def test_a_change_is_found_by_its_time_and_a_fresh_row_without_one_by_its_number(
    follow: Callable[..., Followed],
) -> None:
    followed = follow(page_rows=1, sweep_hours=10_000)
    before = {"status": "migrating", "created_at": "2026-01-01 10:00:00", "updated_at": "2026-01-01 10:00:30"}
    followed.cloud.insert_many(CELL, "migrations", [{"id": number, "deleted": 0, **before} for number in range(1, 700)])
    move(followed, 700, updated_at="2026-01-03 10:00:00")
    followed.read("migration")

    set_status = "UPDATE migrations SET status = 'confirmed', updated_at = '2026-01-03 10:05:00' WHERE id = 100"
    followed.execute(CELL, set_status)
    move(followed, 701, status="accepted", updated_at=None)
    found = {row["id"]: row["status"] for row in followed.read("migration")}

    assert (found[99], found[100], found[701]) == ("migrating", "confirmed", "accepted")
    assert [(row["id"], row["status"]) for row in followed.versions("migration")] == [(100, "migrating")]


def test_a_move_that_was_made_stays_when_nova_purges_it(followed: Followed) -> None:
    move(followed, status="confirmed")
    known = followed.one("migration")

    followed.execute(CELL, "DELETE FROM migrations")

    assert followed.one("migration") == known


def test_the_end_of_its_instance_ends_a_migration_without_moving_its_time(followed: Followed) -> None:
    move(followed, status="confirmed")
    followed.read("migration")

    followed.execute(CELL, "UPDATE migrations SET deleted = id, deleted_at = '2026-01-03 08:00:00'")
    row = followed.one("migration")

    assert (row["active"], row["deleted"], row["status"]) == (False, "2026-01-03 08:00:00", "confirmed")
