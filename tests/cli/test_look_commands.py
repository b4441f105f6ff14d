"""`verify`, `status`, `tables` and `quarantine` as they are typed, on a small sample cloud in SQLite files."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reporting_pollster.demo import DemoCloud, build
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.cli.conftest import Ended, Run

Command = Callable[..., Ended]


@pytest.fixture(scope="session")
def small_cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a cloud of a few instances."""
    directory = tmp_path_factory.mktemp("small")
    build(directory, now=datetime(2025, 3, 1, 12), instances=20)
    return directory


@pytest.fixture
def command(run: Run, small_cloud: Path, tmp_path: Path) -> Command:
    """Return what runs a command with the settings of a cloud of the test's own, which was synced."""
    shutil.copytree(small_cloud, tmp_path / "cloud")
    settings = tmp_path / "pollster.conf"
    settings.write_text(DemoCloud.at(tmp_path / "cloud").settings_text(f"sqlite:///{tmp_path}/reporting.sqlite"))

    def run_configured(*words: object) -> Ended:
        return run("--quiet", "--config-file", settings, *words)

    upgrade(create_store_engine(f"sqlite:///{tmp_path}/reporting.sqlite"))
    assert run_configured("sync").status == 0
    return run_configured


def change(directory: Path, database: str, sql: str) -> None:
    with closing(sqlite3.connect(directory / database)) as connection, connection:
        assert connection.execute(sql).rowcount


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_verify_is_silent_about_equal_tables(command: Command) -> None:
    ended = command("verify", "--format", "csv")

    assert (ended.status, ended.err) == (0, "")
    assert {row["outcome"] for row in rows(ended.out)} == {"equal"}
    assert {row["table"] for row in rows(ended.out)} >= {"instance", "role", "quota"}


def test_verify_shows_each_column_that_differs(command: Command, tmp_path: Path) -> None:
    change(tmp_path, "reporting.sqlite", "UPDATE domain SET name = name || ' ' WHERE name = 'Default'")

    ended = command("verify", "domain", "project")

    assert (ended.status, ended.err) == (1, "")
    (line,) = [line for line in ended.out.splitlines() if "'Default '" in line]
    assert line.split() == ["domain", "region", "default", "different", "name", "'Default'", "'Default", "'"]


def test_verify_gives_a_machine_all_of_it(command: Command, tmp_path: Path) -> None:
    change(tmp_path, "reporting.sqlite", "UPDATE domain SET description = NULL")

    ended = command("verify", "domain", "project", "--limit", 2, "--format", "json")

    found = json.loads(ended.out)
    domain, project = found["tables"]
    assert ended.status == 1
    assert (domain["outcome"], project["outcome"]) == ("different", "equal")
    assert domain["checksum"] != domain["checksum_ours"]
    assert project["checksum"] == project["checksum_ours"]
    assert len(found["differences"]) == 2
    assert found["differences_left_out"] == domain["different"] - 2
    assert found["differences"][0]["columns"].keys() == {"description"}
    assert found["differences"][0]["columns"]["description"]["ours"] is None


def test_verify_says_that_a_change_since_the_last_read_is_pending(command: Command, tmp_path: Path) -> None:
    change(tmp_path, "cloud/glance.sqlite", "UPDATE images SET name = 'new', updated_at = datetime('now')")

    ended = command("verify", "image")

    assert ended.status == 0
    assert "different (pending)" in ended.out


def test_a_source_that_cannot_be_read_fails_the_verification(command: Command, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "cloud/heat.sqlite")) as connection:
        connection.execute("DROP TABLE stack")

    ended = command("verify", "stack", "image", "--format", "csv")

    assert ended.status == 1
    assert [row["outcome"] for row in rows(ended.out)] == ["equal", "failed"]
    assert "stack (region): " in ended.err


def test_a_table_that_does_not_exist_is_named(command: Command) -> None:
    for name in ("verify", "quarantine"):
        ended = command(name, "instances")

        assert ended.status == 2
        assert ended.err == "Error: there is no table instances; `reporting-pollster tables` lists them\n"


def test_status_is_fresh_after_a_sync(command: Command) -> None:
    ended = command("status", "--check", "--format", "csv")

    assert (ended.status, ended.err) == (0, "\nNobody is writing.\n")
    assert {row["state"] for row in rows(ended.out)} == {"fresh"}
    assert {row["outcome"] for row in rows(ended.out)} == {"done"}


def test_status_tells_monitoring_what_is_stale(command: Command, tmp_path: Path) -> None:
    change(tmp_path, "reporting.sqlite", "UPDATE sync_state SET succeeded_at = '2020-01-01' WHERE table_name = 'image'")

    looked, checked = command("status"), command("status", "--check", "--format", "json")

    assert (looked.status, checked.status) == (0, 1)
    found = json.loads(checked.out)
    (stale,) = [source for source in found["sources"] if source["stale"]]
    assert (stale["table"], stale["state"], stale["succeeded_at"]) == ("image", "stale", "2020-01-01T00:00:00Z")
    assert "stale_after_seconds" in stale["problem"]
    assert found["writer"] is None


def test_tables_needs_no_settings(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    ended = run("tables", "--format", "json")

    found: list[dict[str, Any]] = json.loads(ended.out)
    (volume,) = [table for table in found if table["table"] == "volume"]
    assert ended.status == 0
    assert (volume["databases"], volume["after"], volume["history"]) == (["cinder"], ["project", "volume_type"], True)


def test_quarantine_lists_what_is_wrong_with_rows(command: Command, tmp_path: Path) -> None:
    change(tmp_path, "cloud/glance.sqlite", "UPDATE images SET size = -1 WHERE id = (SELECT min(id) FROM images)")
    command("sync", "image", "--full")

    as_json, as_csv = command("quarantine", "--format", "json"), command("quarantine", "image", "--format", "csv")

    (problem,) = json.loads(as_json.out)
    assert (problem["table"], problem["column"], problem["action"]) == ("image", "size", "repaired")
    assert json.loads(problem["raw"])["size"] == -1
    assert [row["key"] for row in rows(as_csv.out)] == [problem["key"]]
    assert command("quarantine", "volume", "--format", "json").out == "[]\n"
