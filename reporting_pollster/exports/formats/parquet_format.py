"""Parquet: typed columns, row group by row group, so that memory stays the same however many rows there are.

It needs pyarrow, which Debian does not have: the optional extra `export`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import RawIOBase
from itertools import islice
from typing import TYPE_CHECKING, Any

from reporting_pollster.errors import PollsterError
from reporting_pollster.exports.field import Field, Row

if TYPE_CHECKING:
    import pyarrow

_GROUP_ROWS = 20_000
_PRECISION = 38


class ExtraMissing(PollsterError):
    """Something optional is not installed."""


def require_pyarrow() -> Any:
    """The library, or what to do about it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        hint = "install the extra `export`: pip install 'reporting-pollster[export]', or choose another format"
        raise ExtraMissing("Parquet needs pyarrow", hint=hint) from None
    return pyarrow


def as_parquet(fields: Sequence[Field], rows: Iterator[Row]) -> Iterator[bytes]:
    """The rows as a Parquet file."""
    pyarrow = require_pyarrow()
    return in_groups(_schema(pyarrow, fields), rows)


def in_groups(schema: pyarrow.Schema, rows: Iterator[Row]) -> Iterator[bytes]:
    """The rows as a Parquet file of a schema."""
    pyarrow = require_pyarrow()
    sink = _Sink()
    with pyarrow.parquet.ParquetWriter(pyarrow.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        while group := list(islice(rows, _GROUP_ROWS)):
            arrays = [
                pyarrow.array(values, type=field.type)
                for values, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield sink.drained()
    yield sink.drained()


def _schema(pyarrow: Any, fields: Sequence[Field]) -> pyarrow.Schema:
    types = {
        "text": pyarrow.string(),
        "integer": pyarrow.int64(),
        "moment": pyarrow.timestamp("us", tz="UTC"),
        "day": pyarrow.date32(),
        "flag": pyarrow.bool_(),
    }
    return pyarrow.schema(
        [
            pyarrow.field(
                field.name,
                pyarrow.decimal128(_PRECISION, field.scale) if field.kind == "decimal" else types[field.kind],
                nullable=field.nullable,
                metadata={"description": field.about} if field.about else None,
            )
            for field in fields
        ]
    )


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
