"""Takes a notification out of its message, in the format 2.0 or 1.0 of oslo.messaging.

Traps: the inner object is text within the outer one; a message without an id of its own must be put aside under the
same id each time that it comes; and what a JSON reader of Python accepts (NaN) no database does.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any, NoReturn

from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.domain.notification.message import Malformed, Notification
from reporting_pollster.domain.repair import repair
from reporting_pollster.domain.rows import ColumnRule

MADE_ID = "body-"  # with which an id begins that was made from the body
_MADE_LENGTH = 36
_LONGEST_ID = 64
_PUBLISHER = ColumnRule("publisher_id", "text", length=255)
_PRIORITY = ColumnRule("priority", "text", length=16)
_TIME = ColumnRule("timestamp", "datetime")
_FRACTION = re.compile(r":\d{1,2}[.,](\d{1,6})", re.ASCII)


def decode(body: bytes | str) -> Notification:
    """The notification in a message body; raises Malformed, always with an id."""
    message_id = made_id(body)
    try:
        inner = _inner(body)
        message_id = _own_id(inner) or message_id
        if message_id != inner.get("message_id"):
            raise Malformed("no usable message_id")
        return Notification(
            message_id=message_id,
            event_type=_event_type(inner.get("event_type")),
            publisher_id=_word(_PUBLISHER, inner.get("publisher_id")),
            priority=_word(_PRIORITY, inner.get("priority")).upper()[: _PRIORITY.length],
            sent=_sent(inner.get("timestamp")),
            payload=inner.get("payload"),
        )
    except Malformed as error:
        raise Malformed(error.reason, message_id) from None


def made_id(body: bytes | str) -> str:
    """An id for a body that has none: the same for the same body, as long as a UUID, and seen to be made."""
    data = body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body)
    return f"{MADE_ID}{hashlib.sha256(data).hexdigest()}"[:_MADE_LENGTH]


def _inner(body: bytes | str) -> dict[str, Any]:
    outer = _object("the body", body)
    if "oslo.message" not in outer and "oslo.version" not in outer:
        return outer  # format 1.0
    version = outer.get("oslo.version")
    if not isinstance(version, str) or version.partition(".")[0] != "2":
        raise Malformed("not version 2 of the message format")
    text = outer.get("oslo.message")
    if not isinstance(text, str):
        raise Malformed("oslo.message is not text")
    return _object("oslo.message", text)


def _object(name: str, text: bytes | str) -> dict[str, Any]:
    try:
        found = _JSON.decode(text if isinstance(text, str) else bytes(text).decode())
    except UnicodeDecodeError:
        raise Malformed(f"{name} is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Malformed(f"{name} is not JSON") from None
    if not isinstance(found, dict):
        raise Malformed(f"{name} is not an object")
    return found


def _own_id(inner: dict[str, Any]) -> str | None:
    found = inner.get("message_id")
    if not isinstance(found, str) or found.startswith(MADE_ID):
        return None
    return found if found.strip() == found and 0 < len(found) <= _LONGEST_ID and found.isprintable() else None


def _event_type(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Malformed("no event_type")
    if len(value) > 255 or not is_storable(value):
        raise Malformed("no usable event_type")
    return value


def _word(rule: ColumnRule, value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{rule.name} is not text")
    return str(repair(rule, value or "").value)


def _sent(value: object) -> datetime:
    text = repair(_TIME, value).value if isinstance(value, str) else None
    if text is None:
        raise Malformed("timestamp is not a time")
    fraction = _FRACTION.search(str(value))
    return datetime.fromisoformat(text).replace(microsecond=int(fraction[1].ljust(6, "0")) if fraction else 0)


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


_JSON = json.JSONDecoder(parse_constant=_refuse)
