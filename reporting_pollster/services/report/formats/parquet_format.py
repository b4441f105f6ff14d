"""Parquet as exports have it, with what was asked and the titles and units of the columns in its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reporting_pollster.exports.formats.parquet_format import in_groups, require_pyarrow
from reporting_pollster.reports.base import Column
from reporting_pollster.services.report.result import ReportResult

if TYPE_CHECKING:
    import pyarrow


def as_parquet(result: ReportResult) -> Iterator[bytes]:
    """The report as a Parquet file."""
    return in_groups(_schema(require_pyarrow(), result), result.rows)


def _schema(pyarrow: Any, result: ReportResult) -> pyarrow.Schema:
    types = {
        "text": pyarrow.string(),
        "integer": pyarrow.int64(),
        "decimal": pyarrow.decimal128(38, 10),
        "moment": pyarrow.timestamp("s", tz="UTC"),
        "day": pyarrow.date32(),
        "flag": pyarrow.bool_(),
    }
    about = {"report": result.name, "title": result.title, "parameters": dict(result.parameters), "notes": result.notes}
    fields = [pyarrow.field(column.name, types[column.kind], metadata=_about(column)) for column in result.columns]
    return pyarrow.schema(fields, metadata={"reporting_pollster": json.dumps(about, ensure_ascii=False)})


def _about(column: Column) -> dict[str, str]:
    return {"title": column.title, "unit": column.unit}
