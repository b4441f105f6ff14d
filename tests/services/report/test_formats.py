"""The formats of a report: one report in each of them, whole, as files that a person has looked at.

`REWRITE_GOLDEN=1 .venv/bin/pytest tests/services/report/test_formats.py` writes them anew: look at what changed.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from reporting_pollster.errors import PollsterError
from reporting_pollster.reports.base import Chart, Column, hours, moment, number, text
from reporting_pollster.services.report import ReportResult, write

GOLDEN = Path(__file__).parent / "golden"

COLUMNS = (
    text("project_id", "Project id"),
    text("project", "Project"),
    number("instances", "Instances"),
    hours("vcpu_seconds", "vCPU-h", "vCPU·s"),
    Column("price", "Price", "decimal", "AUD"),
    moment("since", "Since"),
    Column("day", "Day", "day"),
    Column("enabled", "Enabled", "flag"),
)
ROWS: list[tuple[object, ...]] = [
    (
        "p1",
        "tea & <b>milk</b>",
        12,
        3600 * 10 + 1,
        Decimal("0.10"),
        datetime(2026, 10, 1, 9, 30),
        date(2026, 10, 1),
        True,
    ),
    ("p2", '=HYPERLINK("http://x.example","y")', -3, 18, Decimal("-1.5"), None, None, False),
    ("p3", "@über\n[red], \x1b[31m", 0, 3600, None, None, None, None),
    ("p4", None, None, None, None, None, None, None),
]


def result(rows: list[tuple[object, ...]] = ROWS) -> ReportResult:
    """A report as the service would give it."""
    return ReportResult(
        name="usage",
        title="Usage of <everything>",
        parameters={"from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z", "project": "<i>"},
        columns=COLUMNS,
        rows=iter(rows),
        notes=("As known at 2026-11-02T00:00:00Z.",),
        charts=(Chart("vCPU-hours", ("project",), "vcpu_seconds"), Chart("By day", ("day",), "vcpu_seconds", True)),
        begin=datetime(2026, 10, 1),
        end=datetime(2026, 11, 1),
        as_known_at=datetime(2026, 11, 2),
    )


def whole(name: str, rows: list[tuple[object, ...]] = ROWS) -> bytes:
    return b"".join(write(result(rows), name))


@pytest.mark.parametrize("name", ["table", "csv", "json", "html"])
def test_a_report_is_as_it_was(name: str) -> None:
    path = GOLDEN / f"usage.{name}"
    found = whole(name)

    if os.environ.get("REWRITE_GOLDEN"):
        path.write_bytes(found)
    assert found == path.read_bytes()


def test_csv_gives_a_spreadsheet_no_formula_and_leaves_numbers_alone() -> None:
    lines = list(csv.DictReader(io.StringIO(whole("csv").decode(), newline="")))

    assert [line["project"] for line in lines[1:3]] == ["'" + ROWS[1][1], "'" + ROWS[2][1]]  # type: ignore[operator]
    assert (lines[1]["instances"], lines[1]["price"]) == ("-3", "-1.5")
    for start in "=+-@\t\r":
        only = whole("csv", [(f"{start}1", *ROWS[0][1:])]).decode()
        (line,) = csv.DictReader(io.StringIO(only, newline=""))
        assert line["project_id"] == f"'{start}1"


def test_json_keeps_integers_and_writes_money_as_text() -> None:
    document = json.loads(whole("json"))

    first = document["rows"][0]
    assert (first["vcpu_seconds"], first["price"], first["enabled"]) == (36_001, "0.10", True)
    assert (first["since"], first["day"]) == ("2026-10-01T09:30:00Z", "2026-10-01")
    assert document["columns"][3] == {"name": "vcpu_seconds", "title": "vCPU-h", "type": "integer", "unit": "vCPU·s"}
    assert (document["begin"], document["as_known_at"]) == ("2026-10-01T00:00:00Z", "2026-11-02T00:00:00Z")


def test_parquet_reads_back_with_its_types() -> None:
    table = parquet.read_table(io.BytesIO(whole("parquet")))

    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (*row[:5], row[5] and row[5].replace(tzinfo=table.schema.field("since").type and _utc()), *row[6:])  # type: ignore[attr-defined]
        for row in ROWS
    ]
    assert {field.name: str(field.type) for field in table.schema} == {
        "project_id": "string",
        "project": "string",
        "instances": "int64",
        "vcpu_seconds": "int64",
        "price": "decimal128(38, 10)",
        "since": "timestamp[ms, tz=UTC]",
        "day": "date32[day]",
        "enabled": "bool",
    }
    assert json.loads(table.schema.metadata[b"reporting_pollster"])["report"] == "usage"
    assert table.schema.field("vcpu_seconds").metadata[b"unit"] == "vCPU·s".encode()


def _utc() -> Any:
    from datetime import UTC

    return UTC


def test_without_pyarrow_parquet_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(PollsterError, match=r"reporting-pollster\[export\]"):
        whole("parquet")


class Page(HTMLParser):
    """The tags and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    page = whole("html").decode()
    parsed = Page(page)

    assert not {"script", "link", "img", "iframe", "object", "b", "i"} & {tag for tag, _ in parsed.tags}
    names = {name for _, attributes in parsed.tags for name in attributes}
    assert not {"src", "href", "onclick", "onload"} & names
    assert not re.search(r"url\(|@import|https?://(?!x\.example)", page)
    assert "tea & <b>milk</b>" in parsed.texts
    assert [tag for tag, _ in parsed.tags].count("svg") == 2
    assert "@media print" in page
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in parsed.tags


def test_nothing_to_report_is_said_so() -> None:
    assert json.loads(whole("json", []))["rows"] == []
    assert whole("csv", []).decode() == ",".join(column.name for column in COLUMNS) + "\n"
    assert "Nothing to report." in whole("html", []).decode()
    assert len(whole("table", []).decode().splitlines()) == 6
    assert parquet.read_table(io.BytesIO(whole("parquet", []))).num_rows == 0


def test_hours_are_rounded_for_people_after_the_sum() -> None:
    rows = [("p", "x", 1, 17, None, None, None, None)] * 300

    lines = whole("table", rows).decode().splitlines()

    assert lines[-3].split() == ["p", "x", "1", "0.00"]
    assert lines[-1].split() == ["total", "300", "1.42"]


@pytest.mark.parametrize("name", ["table", "csv", "json", "parquet", "html"])
def test_rows_are_handed_on_while_they_come_in(name: str) -> None:
    read = 0

    def many() -> Iterator[tuple[object, ...]]:
        nonlocal read
        for _ in range(25_000):
            read += 1
            yield ROWS[0]

    parts = write(replace(result(), rows=many()), name)
    next(parts)
    if name in ("table", "csv", "json"):
        assert read < 2000
    if name == "parquet":
        assert read == 20_000
    assert sum(map(len, parts)) > 0
    assert read == 25_000
