"""Rows as the text that MySQL's LOAD DATA and PostgreSQL's COPY read.

The trap is that a value may hold the very characters that end a value. So the separators are control characters that
hardly any text contains, whole slices are joined as if none did, and the result is counted: when it holds a single
separator or backslash more than the rows account for, the slice is done again with every text escaped. Counting costs
nothing, escaping each value would cost as much as all the rest. And the values of a column mostly are of one type, so
they become texts column by column, without a step in Python for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

Row = tuple[Any, ...]
NULL = "\\N"
SLICE_ROWS = 1000


@dataclass(frozen=True)
class Layout:
    """What ends a field and a line, and what takes the place of each character that means something."""

    field: str
    line: str
    escapes: tuple[tuple[str, str], ...]  # the backslash first, or it would be escaped twice

    def escaped(self, text: str) -> str:
        for special, replacement in self.escapes:
            text = text.replace(special, replacement)
        return text


MYSQL = Layout("\x1f", "\x1e", (("\\", "\\\\"), ("\x1f", "\\\x1f"), ("\x1e", "\\\x1e")))
POSTGRESQL = Layout("\x1f", "\n", (("\\", "\\\\"), ("\x1f", "\\\x1f"), ("\n", "\\n"), ("\r", "\\r")))

# By exact type, so that a value of any other (bytes, say) is refused rather than written as its repr.
TEXTS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: repr,
    Decimal: str,
    bool: lambda value: "1" if value else "0",
    datetime: str,
    date: str,
    NoneType: lambda _: NULL,
}


def encoded(rows: Sequence[Row], constants: Row, layout: Layout) -> Iterator[bytes]:
    """The rows, each with the constants at its end, as UTF-8, a slice at a time; all types must be known."""
    end = "".join(layout.field + text for text in _escaped_texts(constants, layout)) + layout.line
    for start in range(0, len(rows), SLICE_ROWS):
        part = rows[start : start + SLICE_ROWS]
        yield _joined(part, end, layout) or _escaped(part, end, layout)


def _joined(rows: Sequence[Row], end: str, layout: Layout) -> bytes | None:
    """The rows joined as they are; None when one of their texts holds a character that means something."""
    nulls, columns = 0, []
    for column in zip(*rows, strict=True):
        kinds = set(map(type, column))
        if NoneType in kinds:
            nulls += column.count(None)
        columns.append(_texts(column, kinds))
    data = _ended(list(map(layout.field.join, zip(*columns, strict=True))), end)
    specials = [special.encode() for special, _ in layout.escapes]
    per_row = len(rows[0]) - 1 + sum(map(end.encode().count, specials))
    return data if sum(map(data.count, specials)) == len(rows) * per_row + nulls else None


def _texts(column: Sequence[Any], kinds: set[type]) -> Iterable[str]:
    """The values of a column as texts: each costs, so those of one type are left to C."""
    others = kinds - {NoneType}
    if len(others) > 1:
        return [value if value.__class__ is str else TEXTS[value.__class__](value) for value in column]
    if not others:
        return [NULL] * len(column)
    (kind,) = others
    if len(kinds) == 1:
        return column if kind is str else map(TEXTS[kind], column)
    if kind is str:
        return [NULL if value is None else value for value in column]
    text = TEXTS[kind]
    return [NULL if value is None else text(value) for value in column]


def _escaped(rows: Sequence[Row], end: str, layout: Layout) -> bytes:
    return _ended([layout.field.join(_escaped_texts(row, layout)) for row in rows], end)


def _escaped_texts(values: Row, layout: Layout) -> list[str]:
    return [layout.escaped(v) if v.__class__ is str else TEXTS[v.__class__](v) for v in values]


def _ended(lines: list[str], end: str) -> bytes:
    return (end.join(lines) + end).encode()
