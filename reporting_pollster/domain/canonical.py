"""Rows in one form, whoever gives them, and a checksum of each: equal rows give equal checksums, and no others do.

One value arrives in many types: a time as text or as datetime, true as 1 or True, a text as bytes where the database
was asked for its bytes. What a store should never hold (a text in a number's place) keeps its own form, so that it
stays different from anything that belongs there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from reporting_pollster.domain.column_rule import Kind

Row = tuple[Any, ...]
DIGEST_BYTES = 16

_NULL = type(None)


def canonical(kinds: Sequence[Kind], rows: Sequence[Row]) -> list[Row]:
    """The rows with each value in the form of its column's kind; a column that has it already is not gone through."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for number, (kind, column) in enumerate(zip(kinds, columns, strict=False)):
        if not set(map(type, column)) <= {_PLAIN[kind], _NULL}:
            columns[number] = [None if value is None else _FORMS[kind](value) for value in column]
    return list(zip(*columns, strict=True))


def digest(row: Row) -> bytes:
    """The checksum of a canonical row."""
    return blake2b(repr(row).encode("utf-8", "backslashreplace"), digest_size=DIGEST_BYTES).digest()


def _text(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    return value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, bool | int) else value


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, bool | int | float | Decimal) else value


def _decimal(value: Any) -> Any:
    return str(Decimal(str(value)).normalize()) if isinstance(value, int | float | Decimal) else value


def _moment(value: Any) -> Any:
    return value.isoformat(" ") if isinstance(value, datetime) else _text(value)


def _date(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else _text(value)


_PLAIN: dict[str, type] = {
    "text": str,
    "json": str,
    "int": int,
    "bool": int,
    "float": float,
    "decimal": str,
    "datetime": str,
    "date": str,
}
_FORMS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "json": _text,
    "int": _number,
    "bool": _number,
    "float": _float,
    "decimal": _decimal,
    "datetime": _moment,
    "date": _date,
}
