"""From the body of a message to what goes into the inbox. Whatever the body holds, this raises nothing.

What is kept of a message is without its context: old services put tokens there, and nothing of it is of use to us.
A body that cannot be understood is kept as it came, for a person or a later version; one that is no text, in base64.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode

from reporting_pollster.domain.notification import Malformed, Notification, decode, meaning
from reporting_pollster.domain.notification.envelope import made_id
from reporting_pollster.store.notification import PARKED, Entry

_BINARY, _PACKED = "base64:", "zlib:"
_LARGEST = 2 * 1024 * 1024  # bytes, in one statement; the strictest servers take no more than 4 MB


def entry_of(body: bytes) -> Entry:
    """What becomes of a message."""
    notification: Notification | None = None
    try:
        notification = decode(body)
        meant = meaning(notification)
    except Malformed as error:
        return _parked(body, notification, error.message_id, error.reason)
    except Exception as error:  # noqa: BLE001 (a fault of ours must not stop what comes after it)
        return _parked(body, notification, None, f"{type(error).__name__} when it was read")
    return Entry(
        message_id=notification.message_id,
        verdict=meant.verdict,
        event_type=notification.event_type,
        publisher=notification.publisher_id,
        priority=notification.priority,
        sent=notification.sent,
        body=_kept(notification),
        told=meant.told,
        hints=meant.hints,
    )


def parked(entry: Entry, reason: str) -> Entry:
    """The same message, put aside."""
    return entry._replace(verdict=PARKED, reason=reason[:2000], told=(), hints=())


def body_of(kept: str) -> bytes:
    """What was kept of a message, as a body again."""
    if kept.startswith(_BINARY):
        return b64decode(kept.removeprefix(_BINARY))
    if kept.startswith(_PACKED):
        return zlib.decompress(b64decode(kept.removeprefix(_PACKED)))
    return kept.encode()


def _parked(body: bytes, notification: Notification | None, message_id: str | None, reason: str) -> Entry:
    if notification is None:
        return Entry(message_id or made_id(body), PARKED, reason=reason, body=_text(body))
    return Entry(
        message_id=notification.message_id,
        verdict=PARKED,
        event_type=notification.event_type,
        publisher=notification.publisher_id,
        priority=notification.priority,
        sent=notification.sent,
        reason=reason,
        body=_kept(notification),
    )


def _kept(notification: Notification) -> str | None:
    """A body of format 1.0 that says the same but for the context."""
    inner = notification._asdict() | {"timestamp": str(notification.sent)}
    del inner["sent"]
    return _text(json.dumps(inner, ensure_ascii=True, separators=(",", ":")).encode())


def _text(body: bytes) -> str | None:
    """The body as text that every store takes; None for one that is too long even when packed."""
    if len(body) > _LARGEST:
        packed = _PACKED + b64encode(zlib.compress(body)).decode()
        return packed if len(packed) <= _LARGEST else None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return _BINARY + b64encode(body).decode()
    return text if "\0" not in text and not text.startswith((_BINARY, _PACKED)) else _BINARY + b64encode(body).decode()
