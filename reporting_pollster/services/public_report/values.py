"""Texts of clients as values of columns.

Established clients leave this to MySQL, which takes almost any text for almost any type: `2.0` is a number, a day is a
moment, and what is no number at all is 0. What those clients mean goes on working, on every database; what MySQL only
guesses is refused.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.public_report.catalogue import Kind, ReportColumn

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_FLAGS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


class Nothing:
    """A value that no row has, such as the empty text of a number."""


NOTHING: Final = Nothing()
Value = Any  # of the column's type, or NOTHING


def value_of(column: ReportColumn, text: str) -> Value:
    """The value that a text means to a column. Raises WrongParameter."""
    if column.kind in ("text", "identifier"):
        return NOTHING if "\0" in text else text  # PostgreSQL has no such texts
    text = text.strip()
    if not text:
        return NOTHING
    try:
        return _READERS[column.kind](text)
    except ValueError:
        raise WrongParameter(f"{column.name} is compared with {_WANTED[column.kind]}") from None


def flag(text: str) -> bool:
    """True or false. Raises ValueError."""
    if text.lower() not in _FLAGS:
        raise ValueError
    return _FLAGS[text.lower()]


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return Decimal(text)


def _float(text: str) -> float:
    found = float(_number(text))
    if not math.isfinite(found):
        raise ValueError
    return found


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError
    found = datetime.fromisoformat(text)
    try:
        return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError from None


def _day(text: str) -> date | Nothing:
    found = _moment(text)
    return found.date() if found.time() == found.time().min else NOTHING


_READERS: dict[Kind, Any] = {"integer": _number, "number": _float, "flag": flag, "moment": _moment, "day": _day}
_WANTED: dict[Kind, str] = {
    "integer": "a number",
    "number": "a number",
    "flag": "true, false, 1 or 0",
    "moment": "a time, like 2026-03-01 10:00:00",
    "day": "a day, like 2026-03-01",
}
