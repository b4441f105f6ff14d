"""Values as text, the same in CSV and JSON: times in ISO 8601 with Z, decimals without exponent or idle zeros."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal


def moment_text(value: datetime) -> str:
    """A time in UTC."""
    return f"{value.isoformat(timespec='seconds')}Z"


def decimal_text(value: Decimal) -> str:
    """A number in plain notation."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(value: object) -> object:
    """What is no text, integer or truth value, as text."""
    match value:
        case datetime():
            return moment_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return decimal_text(value)
    return value
