"""CSV: the names of the columns, then the rows, amounts as exact integers.

Trap: a spreadsheet takes a text that begins with = + - or @ for a formula, and who names an instance decides what it
computes on the desk of whoever opens the file. Such texts get an apostrophe in front; numbers stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from reporting_pollster.services.report.result import ReportResult

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CHUNK_ROWS = 500
_QUOTE = '"'
_SPECIAL = re.compile('[",\r\n]')


def as_csv(result: ReportResult) -> Iterator[bytes]:
    """The report as CSV in UTF-8."""
    lines = [_line(column.name for column in result.columns)]
    for row in result.rows:
        lines.append(_line(map(_text, row)))
        if len(lines) == _CHUNK_ROWS:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def _line(texts: Iterable[str]) -> str:
    """Not by Python's csv, which before 3.13 forgets to quote a carriage return within a text."""
    return ",".join(f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if _SPECIAL.search(text) else text for text in texts) + "\n"


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value.startswith(_DANGEROUS) else value
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
