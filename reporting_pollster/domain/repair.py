"""Makes a single value fit its column, or says why it cannot be.

Sources hold what their services once let through: zero dates, months that do not exist, bytes where text was meant,
numbers in text. Two things are kept apart. A *conversion* changes the form and keeps the value (b'7' for 7,
'2024-01-01T10:00:00Z', a fraction of a second below our precision) and is nobody's concern. A *repair* loads
something else than the source says, so it carries a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from reporting_pollster.domain.clean_columns import is_json, is_storable
from reporting_pollster.domain.column_rule import ColumnRule

_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d{0,9})?)? ?(?:Z|UTC|GMT|([+-])(\d{2}):?(\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST_NUMBER = 400  # the digits of the largest float, and some
_LONGEST_TIME = 64
_BITS = {b"\x00": 0, b"\x01": 1}
_WORDS = {"true": 1, "t": 1, "yes": 1, "y": 1, "on": 1, "false": 0, "f": 0, "no": 0, "n": 0, "off": 0}


class Fixed(NamedTuple):
    """A value that obeys its rule or is None, and what was lost on the way (None: nothing)."""

    value: Any
    lost: str | None = None


def repair(rule: ColumnRule, value: object) -> Fixed:
    """The value as its column takes it. NULL stays NULL; whether it may is the row's question."""
    return Fixed(None) if value is None else _REPAIRS[rule.kind](rule, value)


def _text(rule: ColumnRule, value: object) -> Fixed:
    text, lost = _as_text(value)
    if text is None:
        return Fixed(None, lost)
    losses = [lost] if lost else []
    if not is_storable(text):
        text, more = _made_storable(text)
        losses += more
    if rule.length is not None and len(text) > rule.length:
        losses.append(f"cut from {len(text)} to {rule.length} characters")
        text = text[: rule.length]
    return Fixed(text, "; ".join(losses) or None)


def _json(rule: ColumnRule, value: object) -> Fixed:
    if isinstance(value, dict | list):
        value = _dumped(value)
    text, lost = _as_text(value)
    if text is None:
        return Fixed(None, lost)
    losses = [lost] if lost else []
    if not is_storable(text):
        text, more = _made_storable(text)
        losses += more
    if not is_json(text):
        return Fixed(None, "not valid JSON")
    if rule.length is not None and len(text) > rule.length:
        return Fixed(None, f"JSON of {len(text)} characters, at most {rule.length} fit")  # cut JSON is no JSON
    return Fixed(text, "; ".join(losses) or None)


def _int(rule: ColumnRule, value: object) -> Fixed:
    number = _as_number(value)
    if number is None:
        return Fixed(None, "not a number")
    low, high = rule.bounds
    if not low <= number <= high:
        return Fixed(None, _outside(number < low, rule))
    if number != int(number):
        return Fixed(None, "not a whole number")
    return Fixed(int(number))


def _float(rule: ColumnRule, value: object) -> Fixed:
    if isinstance(value, float) and value == value:
        number: Decimal | int | float | None = value  # infinity is outside any bounds
    else:
        number = _as_number(value)
    if number is None:
        return Fixed(None, "not a number")
    low, high = rule.bounds
    if not low <= number <= high:
        return Fixed(None, _outside(number < low, rule))
    return Fixed(number if isinstance(number, int) else float(number))


def _decimal(rule: ColumnRule, value: object) -> Fixed:
    number = _as_number(value)
    if number is None:
        return Fixed(None, "not a number")
    low, high = rule.bounds
    if not low <= number <= high:
        return Fixed(None, _outside(number < low, rule))
    return Fixed(number)


def _bool(rule: ColumnRule, value: object) -> Fixed:
    if isinstance(value, str | bytes | bytearray):
        word, _ = _as_text(value)
        known = _WORDS.get((word or "").strip().lower())
        if known is not None:
            return Fixed(known)
    number = _as_number(value)
    if number is None:
        return Fixed(None, "neither true nor false")
    return Fixed(int(number != 0), None if number in (0, 1) else "neither 0 nor 1, taken as true")


def _datetime(rule: ColumnRule, value: object) -> Fixed:
    moment = _as_moment(value)
    if moment is None:
        return Fixed(None, _not_a_time(value))
    return Fixed(moment.isoformat(" ", "seconds"))


def _date(rule: ColumnRule, value: object) -> Fixed:
    moment = _as_moment(value)
    if moment is None:
        return Fixed(None, _not_a_time(value))
    midnight = moment.time().replace(microsecond=0) == datetime.min.time()
    return Fixed(moment.date().isoformat(), None if midnight else "time of day dropped")


def _as_text(value: object) -> tuple[str | None, str | None]:
    if isinstance(value, str):
        return str.__str__(value), None
    if isinstance(value, bytes | bytearray):
        return _decoded(bytes(value))
    if isinstance(value, datetime):
        return value.isoformat(" "), None
    if isinstance(value, date):
        return value.isoformat(), None
    if isinstance(value, bool | int | float | Decimal):
        number = _as_number(value)
        return (None, "not text") if number is None else (str(number), None)
    return None, "not text"


def _decoded(data: bytes) -> tuple[str, str | None]:
    try:
        return data.decode(), None
    except UnicodeDecodeError:
        return data.decode(errors="replace"), "broken UTF-8 replaced"


def _made_storable(text: str) -> tuple[str, list[str]]:
    losses = []
    if "\0" in text:
        text = text.replace("\0", "")
        losses.append("NUL characters removed")
    mended = _SURROGATE.sub("\ufffd", text)
    if mended != text:
        losses.append("lone surrogates replaced")
    return mended, losses


def _dumped(value: object) -> object:
    """JSON text of what a driver has parsed already; None-like garbage is left for the caller to refuse."""
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return ""


def _as_number(value: object) -> int | Decimal | None:
    """An exact number of bounded size: comparing and turning it into an int is cheap, whatever the source sent."""
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _LONGEST_NUMBER * 4 else None
    if isinstance(value, float):
        value = Decimal(repr(float(value)))  # what a person would write, not its binary expansion
    if isinstance(value, Decimal):
        return value if value.is_finite() and abs(value.adjusted()) <= _LONGEST_NUMBER else None
    if isinstance(value, bytes | bytearray):
        bit = _BITS.get(bytes(value))
        return bit if bit is not None else _number_in(_decoded(bytes(value))[0])
    return _number_in(value) if isinstance(value, str) else None


def _number_in(text: str) -> int | Decimal | None:
    text = text.strip() if len(text) <= _LONGEST_NUMBER else ""
    return _as_number(Decimal(text)) if _NUMBER.fullmatch(text) else None


def _outside(below: bool, rule: ColumnRule) -> str:
    low, high = rule.bounds
    return f"less than {low}" if below else f"more than {high}"


def _as_moment(value: object) -> datetime | None:
    """A naive moment in UTC, of the years 1 to 9999."""
    try:
        if isinstance(value, datetime):
            return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day)
        text, _ = _as_text(value) if isinstance(value, str | bytes | bytearray) else (None, None)
        found = _TIME.fullmatch(text.strip()) if text is not None and len(text) <= _LONGEST_TIME else None
        return _moment_of(found) if found else None
    except (ValueError, OverflowError):
        return None


def _moment_of(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if hour > 23:  # Python 3.14 takes 24:00:00, no database does
        raise ValueError(hour)
    sign, hours, minutes = found.groups()[6:]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    return moment.astimezone(UTC).replace(tzinfo=None)


def _not_a_time(value: object) -> str:
    text = _as_text(value)[0] or ""
    return "zero date" if text.startswith("0000-00-00") else "no such time"


_REPAIRS: dict[str, Callable[[ColumnRule, object], Fixed]] = {
    "text": _text,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "datetime": _datetime,
    "date": _date,
    "json": _json,
    "decimal": _decimal,
}
