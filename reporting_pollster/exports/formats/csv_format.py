"""CSV in UTF-8: the names of the columns, then the rows.

Traps: a spreadsheet takes a text that begins with = + - or @ for a formula, and who names an instance decides what it
computes on the desk of whoever opens the file. Such texts get an apostrophe in front; numbers stay as they are. And
Python's own writer leaves a carriage return unquoted when lines end in a line feed, so that readers see a row too many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reporting_pollster.exports.field import Field, Row
from reporting_pollster.exports.formats.plain import plain

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SPECIAL = re.compile(r'[,"\r\n]')
_ROWS = 1000


def as_csv(fields: Sequence[Field], rows: Iterator[Row]) -> Iterator[bytes]:
    """The rows as CSV."""
    lines = [_line(field.name for field in fields)]
    for row in rows:
        lines.append(_line(map(_cell, row)))
        if len(lines) == _ROWS:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def _line(cells: Iterator[str]) -> str:
    return ",".join(cells) + "\n"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return _quoted(f"'{value}" if value.startswith(_FORMULA) else value)
        case bool():
            return str(value).lower()
    return str(plain(value))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
