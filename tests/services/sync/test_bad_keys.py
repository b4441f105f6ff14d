"""Rows whose key can't be one are withheld, and reading goes on behind them, page by page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.pollster import Pollster
from tests.services.sync.bad_cloud import BadCloud
from tests.services.sync.life import Life

PROJECT = "a" * 32
VOLUME = {"project_id": PROJECT, "size": 10, "status": "available", "deleted": 0, "display_name": "data"}
WITHHELD = {"NULL": None, "empty": "", "NUL": "0\0a", "too long": "1" * 300}
LOADED = {"upper case": "ABCDEF00-0000-4000-8000-00000000000A", "lower case": "abcdef00-0000-4000-8000-00000000000a",
          "trailing blank": "2 ", "emoji": "🦄"}  # fmt: skip


@pytest.fixture
def volumes(life: Life) -> BadCloud:
    """A cinder whose volumes may have any id, with a good one before and after the bad ones."""
    life.region()
    writer = BadCloud(life.cloud)
    writer.alter("cinder", "volumes", {})
    life.cloud.execute(
        "cinder",
        "ALTER TABLE volumes DROP PRIMARY KEY, ADD KEY (id),"
        " MODIFY id VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL",
    )
    life.volume(id="00000000-first")
    life.volume(id="zzzzzzzz-last")
    return writer


def ids(pollster: Pollster, table: str = "volume") -> set[str]:
    return {row["id"] for row in pollster.rows(table)}


def told(pollster: Pollster) -> list[tuple[str, str]]:
    return [
        (row["column_name"], row["action"])
        for row in sorted(pollster.rows("quarantine"), key=lambda row: row["reason"])
        if row["resolved"] is None
    ]


@pytest.mark.parametrize("page_rows", [1, 2, 5000])
def test_volumes_with_strange_ids(volumes: BadCloud, make_pollster: Callable[..., Pollster], page_rows: int) -> None:
    pollster = make_pollster(page_rows=page_rows)
    pollster.sync("volume")
    bad = [*WITHHELD.values(), None, None, *LOADED.values()]

    volumes.insert("cinder", "volumes", [{**VOLUME, "id": key} for key in bad])
    for _ in range(10):
        pollster.sync("volume")

    expected = {"00000000-first", "zzzzzzzz-last", *LOADED.values()}
    assert ids(pollster) == expected
    assert set(told(pollster)) == {("id", "withheld")}
    assert len(told(pollster)) == len(WITHHELD)  # the NULL ones look all the same
    assert all(result.plan.is_empty for result in pollster.sync("volume"))


@pytest.mark.parametrize("page_rows", [1, 5000])
def test_a_first_load_passes_strange_ids(
    volumes: BadCloud, make_pollster: Callable[..., Pollster], page_rows: int
) -> None:
    volumes.insert("cinder", "volumes", [{**VOLUME, "id": key} for key in (*WITHHELD.values(), None, *LOADED.values())])

    pollster = make_pollster(page_rows=page_rows)
    pollster.sync("volume")

    assert ids(pollster) == {"00000000-first", "zzzzzzzz-last", *LOADED.values()}
    assert set(told(pollster)) == {("id", "withheld")}


def test_the_walk_finds_a_silent_change_behind_strange_ids(
    volumes: BadCloud, make_pollster: Callable[..., Pollster]
) -> None:
    volumes.insert("cinder", "volumes", [{**VOLUME, "id": key} for key in (None, None, None, "a\0b", "a\0c")])
    pollster = make_pollster(page_rows=1)
    pollster.sync("volume")

    volumes.cloud.execute("cinder", "UPDATE volumes SET display_name = 'renamed' WHERE id = 'zzzzzzzz-last'")
    for _ in range(12):
        pollster.sync("volume")

    assert pollster.one("volume", id="zzzzzzzz-last")["display_name"] == "renamed"


@pytest.mark.parametrize("full", [True, False])  # at once, or by the walk through all rows
def test_a_mended_id_arrives_and_its_problem_is_over(volumes: BadCloud, pollster: Pollster, full: bool) -> None:
    volumes.insert("cinder", "volumes", [{**VOLUME, "id": None}])
    pollster.sync("volume")
    assert told(pollster) == [("id", "withheld")]

    volumes.cloud.execute("cinder", "UPDATE volumes SET id = 'mended' WHERE id IS NULL")
    time.sleep(1.1)
    pollster.sync("volume")
    assert "mended" in ids(pollster)
    pollster.sync("volume", full=full)

    assert told(pollster) == []


@pytest.mark.parametrize("label", WITHHELD)
def test_a_project_with_a_strange_id(life: Life, pollster: Pollster, label: str) -> None:
    life.region()
    writer = BadCloud(life.cloud)
    writer.alter("keystone", "project", {})
    life.cloud.execute("keystone", "ALTER TABLE project DROP PRIMARY KEY, MODIFY id VARCHAR(300) NULL")
    pollster.sync("project")
    before = ids(pollster, "project")
    row: dict[str, Any] = {"name": "bad", "domain_id": "default", "is_domain": 0}

    writer.insert("keystone", "project", [{**row, "id": WITHHELD[label]}])
    pollster.sync("project")

    assert ids(pollster, "project") == before
    assert told(pollster) == [("id", "withheld")]
    assert all(result.plan.is_empty for result in pollster.sync("project"))
