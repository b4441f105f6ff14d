"""CSV as exports have it, but with times and amounts of money as people write them, in tables that they look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reporting_pollster.exports.field import Field
from reporting_pollster.exports.formats import csv_format
from reporting_pollster.services.report.result import ReportResult


def as_csv(result: ReportResult) -> Iterator[bytes]:
    """The report as CSV in UTF-8."""
    fields = [Field(column.name, column.kind) for column in result.columns]
    return csv_format.as_csv(fields, result.rows, {"moment": _moment, "decimal": str})


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S")
