"""The formats of exported files: streams of bytes, made while rows come in; the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reporting_pollster.exports.field import Field, Row
from reporting_pollster.exports.formats.csv_format import as_csv
from reporting_pollster.exports.formats.jsonl_format import as_jsonl
from reporting_pollster.exports.formats.parquet_format import as_parquet, require_pyarrow

Writer = Callable[[Sequence[Field], Iterator[Row]], Iterator[bytes]]


class Format(NamedTuple):
    """How to make it, and what must be there to do so."""

    write: Writer
    check: Callable[[], object] = lambda: None


FORMATS: Mapping[str, Format] = {
    "csv": Format(as_csv),
    "jsonl": Format(as_jsonl),
    "parquet": Format(as_parquet, require_pyarrow),
}
