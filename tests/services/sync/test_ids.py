"""Ids that are not what they were: given again, moved to another cell, damaged with us, or equal to a collation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from reporting_pollster.store.engine import writing
from tests.pollster import Pollster, at
from tests.services.sync.life import Life


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


def damage(pollster: Pollster, sql: str, **values: Any) -> None:
    """Change our rows behind the pollster's back."""
    with writing(pollster.engine) as connection:
        assert connection.execute(text(sql), values).rowcount


@pytest.mark.parametrize(("old", "new"), [("cell1", "cell0"), ("cell0", "cell1")])
def test_an_instance_that_moved_to_another_cell_lives_on(life: Life, pollster: Pollster, old: str, new: str) -> None:
    key = life.instance(cell=old)
    for cell in (old, new):
        life.instance(cell=cell)
    pollster.sync()

    life.vanish(key, cell=old)
    life.instance(cell=new, uuid=key, created=at("05-01 00:00"))
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["cell_name"], row["active"], row["deleted"], row["vanished_before"]) == (new, True, None, None)


def test_an_instance_whose_number_we_had_wrong_is_not_gone(life: Life, pollster: Pollster) -> None:
    key = life.instance()
    life.instance(created=at("05-01 00:00"))
    pollster.sync()

    damage(pollster, "UPDATE instance SET source_id = 999 WHERE id = :key", key=key)
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["source_id"] < 999, row["active"], row["vanished_before"]) == (True, True, None)


def test_an_instance_whose_number_we_lost_gets_it_back(life: Life, make_pollster: Callable[..., Pollster]) -> None:
    pollster = make_pollster(overlap_seconds=0)  # so that nothing but the fingerprint points at it
    key = life.instance()
    life.instance(created=at("05-01 00:00"))
    pollster.sync()

    damage(pollster, "UPDATE instance SET source_id = NULL WHERE id = :key", key=key)
    pollster.sync("instance")

    row = pollster.one("instance", id=key)
    assert (row["source_id"] is not None, row["active"]) == (True, True)


def test_of_two_actions_with_one_number_the_living_one_counts(life: Life, pollster: Pollster) -> None:
    old, new = life.instance(), life.instance()
    life.cloud.insert("nova_cell1", "shadow_instance_actions", id=7, instance_uuid=old, action="stop")
    life.cloud.insert("nova_cell1", "instance_actions", id=7, instance_uuid=new, action="create")

    for _ in range(4):  # enough for the walk to come by the archive
        pollster.sync("instance_action")
        assert pollster.one("instance_action", id=7)["action"] == "create"

    assert pollster.rows("instance_action_history") == []


def test_a_creation_on_no_day_of_the_calendar_does_not_stop_the_cycle(life: Life, pollster: Pollster) -> None:
    key, other = life.instance(), life.instance(created=at("05-01 00:00"))
    pollster.sync()

    life.cloud.execute("nova_cell1", "SET SESSION sql_mode = ''")
    life.silently(key, created_at="0000-00-00 00:00:00")
    pollster.sync("instance")
    assert pollster.one("instance", id=key)["created"] is None
    life.vanish(key)
    pollster.sync("instance")

    assert [row["id"] for row in pollster.rows("instance", active=True)] == [other]


def test_a_blank_at_the_end_of_a_key_is_repaired(life: Life, make_pollster: Callable[..., Pollster]) -> None:
    pollster = make_pollster(guard_floor=100)
    key = life.volume(id="volume1")
    life.volume()
    pollster.sync()

    damage(pollster, "UPDATE volume SET id = 'volume1 ' WHERE id = :key", key=key)
    damage(pollster, "UPDATE project SET id = :spoilt WHERE id = :key", key="a" * 32, spoilt="a" * 32 + " ")
    pollster.sync(full=True)

    assert "volume1" in [row["id"] for row in pollster.rows("volume", active=True)]
    assert "a" * 32 in [row["id"] for row in pollster.rows("project", active=True)]
    assert not [row["id"] for row in pollster.rows("volume", active=True) if row["id"].endswith(" ")]
    assert not [row["id"] for row in pollster.rows("project", active=True) if row["id"].endswith(" ")]


def test_an_instance_whose_number_another_one_got_is_gone(life: Life, make_pollster: Callable[..., Pollster]) -> None:
    """A database that was restored from a backup gives the numbers since then again."""
    pollster = make_pollster(overlap_seconds=0)
    same_day, other_day = life.instance(), life.instance()
    for _ in range(3):
        life.instance(created=at("05-01 00:00"))
    pollster.sync()
    numbers = {row["id"]: row["source_id"] for row in pollster.rows("instance")}

    life.vanish(same_day)
    life.vanish(other_day)
    new = [
        life.instance(id=numbers[same_day]),
        life.instance(id=numbers[other_day], created=at("04-01 00:00")),
    ]
    pollster.sync("instance")

    active = {row["id"]: row["active"] for row in pollster.rows("instance")}
    assert [active[key] for key in (same_day, other_day, *new)] == [False, False, True, True]
