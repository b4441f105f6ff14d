"""CSV: the names of the columns, then the rows, amounts as exact integers.

Trap: a spreadsheet takes a text that begins with = + - or @ for a formula, and who names an instance decides what it
computes on the desk of whoever opens the file. Such texts get an apostrophe in front; numbers stay as they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from reporting_pollster.services.report.result import ReportResult

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CHUNK = 64 * 1024


def as_csv(result: ReportResult) -> Iterator[bytes]:
    """The report as CSV in UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    for row in result.rows:
        writer.writerow([_text(value) for value in row])
        if buffer.tell() > _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


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
