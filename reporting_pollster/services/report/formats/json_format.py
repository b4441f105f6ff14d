"""JSON: one document with the columns, what was asked, and the rows as objects, a line each.

Integers stay integers; amounts of money are texts, since JSON's readers make binary fractions of other numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from reporting_pollster.services.report.result import ReportResult


def as_json(result: ReportResult) -> Iterator[bytes]:
    """The report as JSON in UTF-8."""
    head = json.dumps(_head(result), ensure_ascii=False, indent=2, default=_plain)
    yield head.removesuffix("\n}").encode() + b',\n  "rows": ['
    names = [column.name for column in result.columns]
    encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode  # `dumps` would make one for each row
    comma = ""
    for row in result.rows:
        line = encode(dict(zip(names, row, strict=True)))
        yield f"{comma}\n    {line}".encode()
        comma = ","
    yield b"\n  ]\n}\n" if comma else b"]\n}\n"


def _head(result: ReportResult) -> dict[str, Any]:
    columns = [
        {"name": column.name, "title": column.title, "type": column.kind, "unit": column.unit}
        for column in result.columns
    ]
    return {
        "report": result.name,
        "title": result.title,
        "parameters": dict(result.parameters),
        "begin": result.begin,
        "end": result.end,
        "as_of": result.as_of,
        "as_known_at": result.as_known_at,
        "notes": list(result.notes),
        "columns": columns,
    }


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    return value.isoformat() if isinstance(value, date) else str(value)
