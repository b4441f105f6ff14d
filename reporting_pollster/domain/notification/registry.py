"""Finds what an event type means to us.

A service is a module of this package that has EVENTS, by event type, and maybe IGNORED, the patterns of what it sends
and we don't need. Nothing else names it. Only what a service says of its own events is known; the rest is counted.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from fnmatch import translate
from functools import cache
from types import ModuleType

from reporting_pollster.domain.notification.column import Unusable
from reporting_pollster.domain.notification.message import IGNORED, UNKNOWN, Handler, Malformed, Meaning, Notification

_PACKAGE = __name__.rpartition(".")[0]
_UNFINISHED = ("start", "error")


def meaning(notification: Notification) -> Meaning:
    """What a notification tells; raises Malformed for a known event whose payload is unusable."""
    if notification.priority == "ERROR":
        return IGNORED  # information, not usage; also of methods that failed, whose names nobody lists
    handler = events().get(notification.event_type)
    if handler is None:
        return IGNORED if _is_ignored(notification.event_type) else UNKNOWN
    if not isinstance(notification.payload, dict):
        return IGNORED
    try:
        return handler(notification)
    except Unusable as error:
        raise Malformed(str(error), notification.message_id) from None


@cache
def events() -> Mapping[str, Handler]:
    """What handles each known event type."""
    found: dict[str, Handler] = {}
    for service in _services():
        found.update(service.EVENTS)
    return found


def _is_ignored(event_type: str) -> bool:
    if _ignored().fullmatch(event_type):
        return True
    base, _, phase = event_type.rpartition(".")
    return phase in _UNFINISHED and (base in events() or f"{base}.end" in events())


@cache
def _ignored() -> re.Pattern[str]:
    patterns = [translate(pattern) for service in _services() for pattern in getattr(service, "IGNORED", ())]
    return re.compile("|".join(patterns))


@cache
def _services() -> tuple[ModuleType, ...]:
    return tuple(module for module in _modules() if hasattr(module, "EVENTS"))


def _modules() -> Iterable[ModuleType]:
    for module in pkgutil.iter_modules(importlib.import_module(_PACKAGE).__path__):
        yield importlib.import_module(f"{_PACKAGE}.{module.name}")
