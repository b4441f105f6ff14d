"""Parquet, for notebooks and data lakes: typed columns, row group by row group.

It needs pyarrow, which Debian does not have: the optional extra `export`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import RawIOBase
from itertools import islice
from typing import TYPE_CHECKING, Any

from reporting_pollster.errors import PollsterError
from reporting_pollster.reports.base import Column
from reporting_pollster.services.report.result import ReportResult

if TYPE_CHECKING:
    import pyarrow

_GROUP_ROWS = 20_000


class ExtraMissing(PollsterError):
    """Something optional is not installed."""


def as_parquet(result: ReportResult) -> Iterator[bytes]:
    """The report as a Parquet file."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        hint = "install the extra `export`: pip install 'reporting-pollster[export]'"
        raise ExtraMissing("Parquet needs pyarrow", hint=hint) from None
    schema = _schema(pyarrow, result)
    sink = _Sink()
    with parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        while rows := list(islice(result.rows, _GROUP_ROWS)):
            arrays = [
                pyarrow.array(values, type=field.type)
                for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield sink.drained()
    yield sink.drained()


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


class _Sink(RawIOBase):
    """A file that is handed on while it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def drained(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found
