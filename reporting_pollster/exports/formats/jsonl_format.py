"""JSON lines in UTF-8: an object for each row, in the order of the columns.

Decimals are texts, since JSON's readers make binary fractions of numbers with a point; integers are numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from reporting_pollster.exports.field import Field, Row
from reporting_pollster.exports.formats.plain import plain

_CHUNK = 2000


def as_jsonl(fields: Sequence[Field], rows: Iterator[Row]) -> Iterator[bytes]:
    """The rows as JSON lines."""
    names = [field.name for field in fields]
    encode = json.JSONEncoder(ensure_ascii=False, default=plain).encode
    lines: list[str] = []
    for row in rows:
        lines.append(encode(dict(zip(names, row, strict=True))))
        if len(lines) == _CHUNK:
            yield ("\n".join(lines) + "\n").encode()
            lines.clear()
    yield "".join(f"{line}\n" for line in lines).encode()
