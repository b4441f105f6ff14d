"""Times that can't be, where the cursors and the anchors look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pollster import Pollster, at
from tests.servers import MariaDB
from tests.services.sync.bad_cloud import LAX
from tests.services.sync.life import Life

BAD = ["0000-00-00 00:00:00", "2025-00-00 00:00:00", "2026-02-30 00:00:00", "9999-12-31 23:59:59",
       "1000-01-01 00:00:00", None]  # fmt: skip
CURSORS = ("updated_at", "created_at", "terminated_at")


@pytest.fixture
def store_server(mariadb: MariaDB) -> MariaDB:
    return mariadb


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


def write(life: Life, key: str, **columns: Any) -> None:
    """What no service would write."""
    with life.cloud.connect("nova_cell1", sql_mode=LAX) as connection, life.cloud.within("nova_cell1", connection):
        life.silently(key, **columns)


@pytest.mark.parametrize("time", BAD)
def test_changes_are_found_beside_times_that_cannot_be(life: Life, pollster: Pollster, time: str) -> None:
    bad, other = life.instance(), life.instance()
    write(life, bad, **dict.fromkeys(CURSORS, time))
    for _ in range(2):
        pollster.sync("instance")

    life.save(other, at("04-01 10:00"), vm_state="stopped")
    new = life.instance(created=at("04-01 10:00"))
    pollster.sync("instance")

    assert pollster.one("instance", id=other)["vm_state"] == "stopped"
    assert {row["id"] for row in pollster.rows("instance")} == {bad, other, new}
    assert all(result.plan.is_empty for result in pollster.sync("instance"))


@pytest.mark.parametrize("time", BAD)
def test_mended_times_arrive(life: Life, pollster: Pollster, time: str) -> None:
    keys = [life.instance(updated_at=at("03-02 10:00")) for _ in range(4)]
    write(life, keys[0], **dict.fromkeys(CURSORS, time))
    for _ in range(2):
        pollster.sync("instance")

    life.silently(keys[0], **dict.fromkeys(CURSORS, at("03-02 10:00")))
    pollster.sync("instance")

    row = pollster.one("instance", id=keys[0])
    assert [row[name] for name in ("updated", "created", "terminated")] == [at("03-02 10:00")] * 3
