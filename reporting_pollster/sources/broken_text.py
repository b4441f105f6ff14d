"""Rows that the driver can't turn into text.

A server hands on the bytes of a column as they are when its character set is the connection's own, and what an old
client or a restored file has left there need not be UTF-8. Then the driver raises an error in the middle of thousands
of good rows. So the rows are read once more, one by one, and of those that can't be decoded the texts as bytes: the
checks put them aside, with their reason.

The statement is read three times for that, in the same snapshot or in the order of a key. It is the exception, and
ends when the source is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, cast
from sqlalchemy.dialects.mysql import BINARY

Row = tuple[Any, ...]
Open = Callable[[Select[Any]], Any]  # executes a statement and gives its cursor

# The protocol's numbers of VARCHAR, JSON, ENUM, the sizes of TEXT and BLOB, VAR_STRING and STRING.
_TEXTS = frozenset({15, 245, 247, 249, 250, 251, 252, 253, 254})


def rows_one_by_one(select: Select[Any], execute: Open) -> Iterator[Row]:
    """All rows of a statement; texts that are not UTF-8 are bytes."""
    broken = {number for number, row in enumerate(_each(execute(select))) if row is None}
    undecoded = _undecoded(select, execute, broken)
    for number, row in enumerate(_each(execute(select))):
        if row is not None:
            yield row
        elif number in undecoded:  # if not, the source has changed meanwhile
            yield undecoded[number]


def text_or_bytes(value: Any) -> Any:
    """Text, if it is."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _undecoded(select: Select[Any], execute: Open, numbers: set[int]) -> dict[int, Row]:
    cursor = execute(select)
    texts = [column[1] in _TEXTS for column in cursor.description]
    cursor.close()
    columns = [
        cast(column, BINARY).label(name) if is_text else column
        for (name, column), is_text in zip(select.selected_columns.items(), texts, strict=True)
    ]
    as_bytes = select.with_only_columns(*columns, maintain_column_froms=True)
    rows = enumerate(_each(execute(as_bytes)))
    return {number: tuple(map(text_or_bytes, row)) for number, row in rows if row is not None and number in numbers}


def _each(cursor: Any) -> Iterator[Row | None]:
    """The rows; None for one that can't be decoded, which the driver has taken off the connection all the same."""
    try:
        while True:
            try:
                row = cursor.fetchone()
            except UnicodeDecodeError:
                yield None
                continue
            if row is None:
                return
            yield tuple(row)
    finally:
        cursor.close()
