"""Exports: every row is in the folder of its month, complete or not at all, and the same whenever it is repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from reporting_pollster.derived import timelines
from reporting_pollster.errors import WrongParameter
from reporting_pollster.exports import manifest
from reporting_pollster.exports.file import FileNotWritten, put
from reporting_pollster.store.engine import reading
from tests.exports.exporting import Exporter
from tests.reports.warehouse import at
from tests.services.rate.rated import BEGIN, DAY, END, PERIODS, READ_AT, add_up

SPAN = {"from_": BEGIN.isoformat(), "to": END.isoformat()}
MONTHS = {
    "2024-09": (BEGIN, at("10-01 00:00")),
    "2024-10": (at("10-01 00:00"), at("11-01 00:00")),
    "2024-11": (at("11-01 00:00"), END),
}
FORMATS = ("csv", "jsonl", "parquet")
on_sqlite = pytest.mark.parametrize("store_server", ["sqlite"], indirect=True)  # where the server makes no difference


def test_every_period_is_in_each_of_its_months_with_its_seconds_there(exporter: Exporter) -> None:
    for format_name in FORMATS:
        exporter("periods", format_name, **SPAN)

    for (month, (begin, end)), format_name in product(MONTHS.items(), FORMATS):
        for kind in timelines():
            found = exporter.rows(f"{kind}_period", month, format_name)
            expected = [used for used in PERIODS if used.kind == kind and used.seconds(begin, end)]
            assert sorted((row["id"], int(row["seconds"])) for row in found) == sorted(
                (used.row["id"], used.seconds(begin, end)) for used in expected
            )
            assert [int(row["period_id"]) for row in found] == sorted(int(row["period_id"]) for row in found)


def test_a_period_is_exported_with_all_its_columns(exporter: Exporter) -> None:
    exporter("periods", "parquet", month="2024-10")
    table = timelines()["instance"].target

    rows = exporter.rows("instance_period", "2024-10", "parquet")
    with reading(exporter.warehouse.engine) as connection:
        stored = {row.period_id: row._mapping for row in connection.execute(select(table))}

    assert rows
    for row in rows:
        for name, value in stored[row["period_id"]].items():
            if name == "known_to":
                assert name not in row
                continue
            assert (row[name].replace(tzinfo=None) if hasattr(row[name], "tzinfo") else row[name]) == value, name


def test_what_is_repeated_is_the_same_byte_by_byte(exporter: Exporter) -> None:
    add_up(exporter.warehouse, date(2024, 11, 8))
    each = [*product(("periods", "usage", "focus"), FORMATS)]
    for name, format_name in each:
        exporter(name, format_name, **SPAN)
    once = exporter.contents()

    for name, format_name in reversed(each):
        exporter(name, format_name, **SPAN)

    assert exporter.contents() == once
    assert exporter.manifest()["region"]


def test_periods_as_they_were_known_stay_so(exporter: Exporter) -> None:
    then = {"as_known_at": "2024-11-10T13:07:11", "month": "2024-10"}
    exporter("periods", **then)
    exporter("focus", **then)
    before = exporter.contents()

    corrected = {"known_to": at("11-12 00:00")}
    exporter.warehouse.change("instance_period", {"id": "instance-0"}, **corrected)
    exporter.warehouse.change("project", {"id": "p1"}, known_from=at("11-12 00:00"), display_name="renamed")
    exporter.warehouse.put(
        "project_history",
        {
            "id": "p1",
            "display_name": "tea",
            "domain_id": "d1",
            "known_from": at("01-01 00:00"),
            "known_to": at("11-12 00:00"),
        },
        enabled=True,
        personal=False,
        has_instances=False,
    )
    exporter("periods", **then)
    exporter("focus", **then)

    assert exporter.contents() == before
    assert [export["as_known_at"] for export in exporter.manifest()["exports"]] == ["2024-11-10T13:07:11Z"] * 2
    exporter("periods", month="2024-10")
    assert exporter.contents() != before


def test_usage_is_exported_by_whole_days(exporter: Exporter) -> None:
    add_up(exporter.warehouse, date(2024, 11, 8))

    exports = exporter("usage", **SPAN)

    rows = [row for month in MONTHS for row in exporter.rows("usage", month)]
    keys = [(row["day"], row["kind"], row["project_id"]) for row in rows]
    assert keys == sorted(keys)
    days = [BEGIN + DAY * number for number in range((at("11-09 00:00") - BEGIN).days)]
    for kind in ("instance", "volume", "floating_ip"):
        used = (
            each.seconds(day, day + DAY) for each in PERIODS if each.kind == kind and each.row["in_use"] for day in days
        )
        assert sum(int(row["seconds"]) for row in rows if row["kind"] == kind) == sum(used)
    assert [export.complete_to for export in exports] == [
        *("2024-10-01T00:00:00Z", "2024-11-01T00:00:00Z", "2024-11-09T00:00:00Z")
    ]
    with pytest.raises(WrongParameter, match="whole days"):
        exporter("usage", from_="2024-10-01", to="2024-10-02T12:00:00")


@on_sqlite
def test_what_goes_on_is_exported_as_far_as_it_is_known(exporter: Exporter) -> None:
    (export,) = exporter("periods", from_="2024-11-01", to="2024-12-01")

    rows = exporter.rows("volume_period", "2024-11")
    assert export.complete_to == "2024-11-10T13:07:11Z"
    for row in (row for row in rows if not row["valid_to"]):
        known = (
            READ_AT - max(at("11-01 00:00"), next(u.row["valid_from"] for u in PERIODS if matches(u, row)))
        ).total_seconds()
        assert int(row["seconds"]) == known


def matches(used: object, row: dict[str, str]) -> bool:
    found = used.row  # type: ignore[attr-defined]
    return found["id"] == row["id"] and found["valid_to"] is None


@on_sqlite
def test_the_manifest_keeps_what_other_exports_wrote(exporter: Exporter) -> None:
    exporter("periods", month="2024-10")
    exporter("focus", "jsonl", month="2024-10")
    exporter("periods", "parquet", month="2024-11")
    exporter("periods", month="2024-10")

    exports = exporter.manifest()["exports"]

    assert [(each["dataset"], each["month"], each["format"]) for each in exports] == [
        ("focus", "2024-10", "jsonl"),
        ("periods", "2024-10", "csv"),
        ("periods", "2024-11", "parquet"),
    ]
    assert exports[0]["price_list"] == "Test prices"
    schemas = [(each["schema"], each["schema_version"]) for each in exports]
    assert schemas == [("FOCUS 1.2", 1), ("reporting-pollster", 1), ("reporting-pollster", 1)]


def test_a_directory_is_for_one_region(tmp_path: Path) -> None:
    manifest.note(tmp_path, "north", [])

    with pytest.raises(WrongParameter, match="exports of region north"):
        manifest.check(tmp_path, "south")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"manifest_version": 2, "region": "r", "exports": []}', "\x00"])
def test_a_manifest_that_is_not_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(WrongParameter, match="cannot read"):
        manifest.note(tmp_path, "r", [])

    assert (tmp_path / "manifest.json").read_text() == text


def test_a_file_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.csv"

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("no more")

    put(path, [b"first"])
    with pytest.raises(ValueError, match="no more"):
        put(path, broken())

    assert path.read_bytes() == b"first"
    assert [each.name for each in path.parent.iterdir()] == ["b.csv"]


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FileNotWritten, match="cannot write"):
        put(tmp_path / "file" / "below.csv", [b""])


@on_sqlite
def test_an_interrupted_export_leaves_no_part_behind(exporter: Exporter) -> None:
    exporter("periods", month="2024-10")
    before = exporter.contents()

    with pytest.raises(WrongParameter):
        exporter("usage", from_="2024-10-01T00:00:01", to="2024-10-02")

    assert exporter.contents() == before
    assert json.loads(before["manifest.json"])["manifest_version"] == 1
