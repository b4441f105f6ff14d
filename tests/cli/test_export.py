"""`export` and `report cost`, as an operator calls them."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse
from tests.services.rate.rated import BEGIN, END, LIST, bills, fill
from tests.stores import engine_of

SPAN = ("--from", BEGIN.isoformat(), "--to", END.isoformat())
pytestmark = pytest.mark.parametrize("store_server", ["sqlite", "mariadb"], indirect=True)


@pytest.fixture
def settings(ready_store_url: str, tmp_path: Path) -> Path:
    """Return a settings file that names a reporting database with use, and a price list."""
    fill(Warehouse(engine_of(ready_store_url)))
    (tmp_path / "prices.toml").write_text(LIST)
    path = tmp_path / "pollster.conf"
    path.write_text(
        f"[reporting]\nconnection = {ready_store_url}\n[region]\nname = {REGION}\n"
        f"[rating]\nfile = {tmp_path / 'prices.toml'}\n"
    )
    return path


def test_costs_are_told_with_the_configured_list(run: Run, settings: Path) -> None:
    ended = run("--config-file", settings, "report", "cost", *SPAN, "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert ended.status == 0
    assert sum(Decimal(row["cost"]) for row in rows) == sum(bills(BEGIN, END).values())
    assert "Prices: Test prices, in AUD." in ended.err


def test_another_list_shows_as_a_difference(run: Run, settings: Path, tmp_path: Path) -> None:
    dearer = tmp_path / "dearer.toml"
    dearer.write_text(LIST.replace("0.0052", "0.0104").replace("Test prices", "Dearer"))

    ended = run("--config-file", settings, "report", "cost", *SPAN, "--by", "month", "--compare", dearer)
    alone = run("--config-file", settings, "report", "cost", *SPAN, "--by", "month", "--rates", dearer)

    assert "Difference, AUD" in ended.out
    assert "compare Dearer" in ended.out
    assert "rates Dearer" in alone.out


def test_without_a_list_the_next_step_is_said(run: Run, settings: Path) -> None:
    settings.write_text(settings.read_text().partition("[rating]")[0])

    for words in (("report", "cost"), ("export", "focus", "--output", settings.parent / "out")):
        ended = run("--config-file", settings, *words)
        assert ended.status == 2
        assert "[rating] file is not set" in ended.err
        assert "--rates FILE" in ended.err


def test_a_list_that_cannot_be_used_is_named(run: Run, settings: Path) -> None:
    (settings.parent / "prices.toml").write_text(LIST.replace('"vcpu"', '"cpu"'))

    ended = run("--config-file", settings, "report", "cost")

    assert ended.status == 2
    assert "prices.toml cannot be used: [[price]] number 1: resource: 'cpu' is not known" in ended.err


@pytest.mark.parametrize("name", ["periods", "usage", "focus"])
def test_an_export_names_its_files(run: Run, settings: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"

    ended = run("--config-file", settings, "export", name, "--month", "2024-10", "--format", "jsonl", "--output", out)

    manifest = json.loads((out / "manifest.json").read_text())
    (entry,) = manifest["exports"]
    assert ended.status == 0
    assert ended.out.splitlines() == [f"{out / file['path']}: {file['rows']} rows" for file in entry["files"]]
    assert entry["window_from"] == "2024-10-01T00:00:00Z"
    assert ("is known until" in ended.err) == (name == "usage")  # no day is added up here


def test_an_export_says_what_is_wrong(run: Run, settings: Path, tmp_path: Path) -> None:
    day = run(
        "--config-file", settings, "export", "usage", *SPAN[:2], "--to", "2024-10-01T01:00:00", "--output", tmp_path
    )
    unknown = run("--config-file", settings, "export", "periods", "--month", "October", "--output", tmp_path)
    nowhere = run("--config-file", settings, "export", "periods", "--month", "2024-10")
    in_a_file = run("--config-file", settings, "export", "periods", "--month", "2024-10", "--output", settings)

    assert (day.status, unknown.status, nowhere.status, in_a_file.status) == (2, 2, 2, 2)
    assert "whole days" in day.err
    assert "write it like 2026-10" in unknown.err
    assert not (tmp_path / "manifest.json").exists()
