"""CSV in UTF-8: the names of the columns, then the rows.

Traps: a spreadsheet takes a text that begins with = + - or @ for a formula, and who names an instance decides what it
computes on the desk of whoever opens the file. Such texts get an apostrophe in front; numbers stay as they are. And
Python's own writer leaves a carriage return unquoted when lines end in a line feed, so that readers see a row too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from reporting_pollster.exports.field import Field, Kind, Row
from reporting_pollster.exports.formats.plain import decimal_text, moment_text

_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
_SPECIAL = re.compile(r'[,"\r\n]')
_ROWS = 1000


def as_csv(
    fields: Sequence[Field], rows: Iterator[Row], written: Mapping[Kind, Callable[[Any], str]] = MappingProxyType({})
) -> Iterator[bytes]:
    """The rows as CSV; `written` says for some kinds how their values are written there."""
    cells = [written.get(field.kind) or _CELLS[field.kind] for field in fields]
    lines = [_line(field.name for field in fields)]
    for row in rows:
        lines.append(_line("" if value is None else cell(value) for cell, value in zip(cells, row, strict=True)))
        if len(lines) == _ROWS:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\n"


@lru_cache(maxsize=4096)  # most texts of a column come again and again
def _text(value: str) -> str:
    safe = f"'{value}" if _FORMULA.match(value) else value
    return '"' + safe.replace('"', '""') + '"' if _SPECIAL.search(safe) else safe


_CELLS: Mapping[Kind, Callable[[Any], str]] = {
    "text": _text,
    "integer": str,
    "decimal": decimal_text,
    "moment": lru_cache(maxsize=4096)(moment_text),
    "day": lambda value: value.isoformat(),
    "flag": lambda value: "true" if value else "false",
}
