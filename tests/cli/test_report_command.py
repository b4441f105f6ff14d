"""`report`: answers on the command line, in files, and what is said about mistakes."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reporting_pollster.cli import report as command_module
from reporting_pollster.reports import catalogue
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.cli.conftest import Ended, Run
from tests.reports.warehouse import Warehouse, at

Command = Callable[..., Ended]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a reporting database in a file, with some rows."""
    path = tmp_path_factory.mktemp("report") / "reporting.sqlite"
    engine = create_store_engine(f"sqlite:///{path}")
    upgrade(engine)
    warehouse = Warehouse(engine)
    untold = {"enabled": True, "personal": False, "has_instances": True}
    warehouse.put(
        "project", {"id": "p1", "display_name": "=tea", **untold}, {"id": "p2", "display_name": "milk", **untold}
    )
    for project, hour in (("p1", 12), ("p2", 18)):
        row = {
            "id": project,
            "project_id": project,
            "valid_from": at(f"10-05 {hour}:00"),
            "valid_to": at("10-06 00:00"),
        }
        warehouse.put("instance_period", {**row, "vcpus": 2, "memory": 2048, "flavour_name": "small"})
    warehouse.read_until(at("10-20 12:00"))
    engine.dispose()
    return path


@pytest.fixture
def report(run: Run, store: Path, tmp_path: Path) -> Command:
    """Return what runs `report` on that database."""
    settings = tmp_path / "pollster.conf"
    settings.write_text(f"[reporting]\nconnection = sqlite:///{store}\n[region]\nname = RegionOne\n")
    return lambda *words: run("--config-file", settings, "report", *words)


def test_the_list_needs_no_settings(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    ended = run("report", "list", "--format", "json")

    assert ended.status == 0
    assert {each["report"] for each in json.loads(ended.out)} >= set(catalogue())


def test_a_piped_table_is_plain(report: Command) -> None:
    ended = report("usage", "--month", "2024-10")

    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[:3] == [
        "Usage",
        "from 2024-10-01T00:00:00Z, to 2024-11-01T00:00:00Z, by project",
        "As known now; the sources were last read at 2024-10-20T12:00:00Z.",
    ]
    assert [line.split()[:4] for line in lines if line.startswith("p")] == [
        ["p1", "=tea", "12.00", "24.00"],
        ["p2", "milk", "6.00", "12.00"],
    ]
    assert lines[-1].split()[:3] == ["total", "18.00", "36.00"]
    assert "\x1b" not in ended.out


def test_a_terminal_gets_the_same_rows_block_by_block(
    report: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_module, "_BLOCK", 1)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "300")

    ended = report("usage", "--month", "2024-10")

    assert ended.status == 0
    assert ended.out.count("Project id") == 2
    assert "36.00" in ended.out.splitlines()[-1]


def test_csv_goes_to_the_output_and_what_is_said_of_it_does_not(report: Command) -> None:
    ended = report("usage", "--month", "2024-10", "--format", "csv")

    first, second = csv.DictReader(ended.out.splitlines())
    assert (first["project"], first["instance_seconds"], second["vcpu_seconds"]) == ("'=tea", "43200", "43200")
    assert "As known now" in ended.err


def test_a_file_is_written_as_its_name_says(report: Command, tmp_path: Path) -> None:
    for name, start in (
        ("u.json", b"{"),
        ("u.csv", b"project_id"),
        ("u.html", b"<!DOCTYPE"),
        ("u.parquet", b"PAR1"),
        ("u", b"Usage"),
    ):
        ended = report("usage", "--month", "2024-10", "--output", tmp_path / name)

        assert (ended.status, ended.out) == (0, ""), ended.err
        assert (tmp_path / name).read_bytes().startswith(start)
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_fails_leaves_the_old_one(report: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "usage.parquet").write_text("old")
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    ended = report("usage", "--month", "2024-10", "--output", tmp_path / "usage.parquet")

    assert (ended.status, ended.out) == (1, "")
    assert ended.err == (
        "Error: Parquet needs pyarrow; install the extra `export`: pip install 'reporting-pollster[export]', "
        "or choose another format\n"
    )
    assert (tmp_path / "usage.parquet").read_text() == "old"
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_is_missing_is_named(report: Command, tmp_path: Path) -> None:
    ended = report("usage", "--month", "2024-10", "--output", tmp_path / "none" / "usage.csv")

    assert ended.status == 1
    assert "usage.csv: No such file or directory; choose another file with --output" in ended.err


def test_a_mistake_is_one_line(report: Command) -> None:
    ended = report("usage", "--from", "1.10.2024")

    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "Error: from: '1.10.2024' is no time; write 2026-10-01 or 2026-10-01T12:00:00, UTC\n"


def test_what_a_row_may_be_of_is_listed(report: Command) -> None:
    ended = report("capacity", "--by", "colour")

    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "Error: by: this report is not grouped by 'colour'; choose one of hypervisor, aggregate, zone\n"


def test_parquet_is_not_for_the_eye(report: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    ended = report("usage", "--format", "parquet")

    assert ended.status == 2
    assert ended.err == "Error: parquet is nothing to look at; give --output FILE\n"


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_report_runs(report: Command, name: str) -> None:
    ended = report(name, "--format", "json")

    assert ended.status == 0, ended.err
    assert json.loads(ended.out)["report"] == name
