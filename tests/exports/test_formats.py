"""Formats: what goes in comes out, with its type; nothing in a CSV is a formula; memory stays the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.exports.field import Field, Row
from reporting_pollster.exports.formats import FORMATS
from reporting_pollster.exports.formats.plain import decimal_text

FIELDS = (
    Field("name", "text"),
    Field("number", "integer", nullable=False),
    Field("cost", "decimal", scale=19),
    Field("at", "moment"),
    Field("day", "day"),
    Field("living", "flag"),
)
ROWS: list[Row] = [
    (
        'Bücher, "und"\nmehr',
        2**62,
        Decimal("-0.0042949404334500000"),
        datetime(2026, 10, 5, 1, 2, 3),
        date(2026, 10, 5),
        True,
    ),
    (None, 0, None, None, None, None),
    ("", -1, Decimal("1E+3"), datetime(1999, 12, 31), date(1999, 12, 31), False),
]


def written(name: str, rows: list[Row], fields: tuple[Field, ...] = FIELDS) -> bytes:
    return b"".join(FORMATS[name].write(fields, iter(rows)))


def test_csv_is_plain_text() -> None:
    found = list(csv.reader(io.StringIO(written("csv", ROWS).decode(), newline="")))

    assert found == [
        [field.name for field in FIELDS],
        [str(ROWS[0][0]), str(2**62), "-0.00429494043345", "2026-10-05T01:02:03Z", "2026-10-05", "true"],
        ["", "0", "", "", "", ""],
        ["", "-1", "1000", "1999-12-31T00:00:00Z", "1999-12-31", "false"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_text_in_csv_is_no_formula(text: str) -> None:
    (found,) = list(csv.reader(io.StringIO(written("csv", [(text,)], (FIELDS[0],)).decode(), newline="")))[1:]

    assert found == [f"'{text}"]


def test_json_lines_have_the_types_that_json_has() -> None:
    lines = [json.loads(line) for line in written("jsonl", ROWS).decode().splitlines()]

    assert lines[0] == {
        "name": ROWS[0][0],
        "number": 2**62,
        "cost": "-0.00429494043345",
        "at": "2026-10-05T01:02:03Z",
        "day": "2026-10-05",
        "living": True,
    }
    assert lines[1] == dict.fromkeys((field.name for field in FIELDS), None) | {"number": 0}
    assert len(lines) == 3


def test_parquet_has_types_of_its_own() -> None:
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(written("parquet", ROWS)))

    assert [str(field.type) for field in table.schema] == [
        *("string", "int64", "decimal128(38, 19)", "timestamp[us, tz=UTC]", "date32[day]", "bool"),
    ]
    assert [field.nullable for field in table.schema] == [True, False, True, True, True, True]
    first = table.to_pylist()[0]
    assert first["at"] == datetime(2026, 10, 5, 1, 2, 3, tzinfo=UTC)
    assert first["cost"] == ROWS[0][2]
    assert [tuple(row.values())[:2] for row in table.to_pylist()] == [row[:2] for row in ROWS]


@given(st.lists(st.tuples(st.text(), st.integers(-(2**63), 2**63 - 1), st.decimals(-(10**15), 10**15, places=19))))
def test_what_goes_in_comes_out(rows: list[Any]) -> None:
    lines = [json.loads(line) for line in written("jsonl", rows, FIELDS[:3]).decode().split("\n") if line]
    table = pyarrow.parquet.read_table(pyarrow.BufferReader(written("parquet", rows, FIELDS[:3])))

    assert [(line["name"], line["number"], Decimal(line["cost"])) for line in lines] == rows
    assert [tuple(row.values()) for row in table.to_pylist()] == rows


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_has_no_exponent_and_loses_nothing(value: Decimal) -> None:
    text = decimal_text(value)

    assert Decimal(text) == value
    assert set(text) <= set("-.0123456789")


@pytest.mark.parametrize("name", FORMATS)
def test_rows_are_written_while_they_come(name: str) -> None:
    taken = 0

    def rows() -> Iterator[Row]:
        nonlocal taken
        for number in range(100_000):
            taken += 1
            yield (f"name {number}", number)

    stream = FORMATS[name].write(FIELDS[:2], rows())
    first = next(stream)

    assert first
    assert taken <= 25_000
    assert sum(len(part) for part in stream) > len(first)
    assert taken == 100_000


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_rows_give_the_same_bytes(name: str) -> None:
    assert written(name, ROWS) == written(name, ROWS)
    assert written(name, [])[:4] == {"csv": b"name", "jsonl": b"", "parquet": b"PAR1"}[name]
