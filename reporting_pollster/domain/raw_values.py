"""A source row as it came, in a form that any database keeps and any person can read.

What is put aside must be storable itself: PostgreSQL refuses NUL and lone surrogates in JSON too, and a row that is
put aside because one value is enormous must not be enormous where it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

Raw = dict[str, str | int | float | bool | None]

LONGEST = 500  # characters kept of one value
_LARGEST = 2**63  # an integer that every JSON reader keeps exactly enough
_SURPLUS = 20  # values kept beyond the columns of a row that is too wide


def raw_values(names: Sequence[str], row: object) -> Raw:
    """The values by column name; those without a column are named by position."""
    if not isinstance(row, Sequence) or isinstance(row, str | bytes | bytearray):
        return {"row": raw_value(row)}
    surplus = (f"value {number}" for number in range(len(names) + 1, len(names) + 1 + _SURPLUS))
    return {name: raw_value(value) for name, value in zip(chain(names, surplus), row, strict=False)}


def raw_value(value: object) -> str | int | float | bool | None:
    """The value itself when JSON has it and it is small, else readable text of at most `LONGEST` characters."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST else f"integer of {value.bit_length()} bits"
    if isinstance(value, float):
        return float(value) if abs(value) < float("inf") else repr(float(value))
    return _readable(_text_of(value))


def _text_of(value: object) -> str:
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, bytes | bytearray):
        return bytes(value[:LONGEST]).decode(errors="backslashreplace")
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return f"<{type(value).__name__}>"  # asking an unknown object for its text may raise, or never end


def _readable(text: str) -> str:
    printable = text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
    return printable[:LONGEST]
