"""The formats of a report, each a stream of bytes that is made while rows come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from reporting_pollster.services.report.formats.csv_format import as_csv
from reporting_pollster.services.report.formats.html_format import as_html
from reporting_pollster.services.report.formats.json_format import as_json
from reporting_pollster.services.report.formats.parquet_format import as_parquet
from reporting_pollster.services.report.formats.table_format import as_table
from reporting_pollster.services.report.result import ReportResult


class Format(NamedTuple):
    """How to make it, and what it is on the web."""

    write: Callable[[ReportResult], Iterator[bytes]]
    media_type: str
    is_text: bool = True


FORMATS: Mapping[str, Format] = {
    "table": Format(as_table, "text/plain; charset=utf-8"),
    "csv": Format(as_csv, "text/csv; charset=utf-8"),
    "json": Format(as_json, "application/json"),
    "parquet": Format(as_parquet, "application/vnd.apache.parquet", is_text=False),
    "html": Format(as_html, "text/html; charset=utf-8"),
}


def write(result: ReportResult, name: str) -> Iterator[bytes]:
    """The report in a format, piece by piece."""
    return FORMATS[name].write(result)
