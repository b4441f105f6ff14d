"""What notifications told of resources. A module that ends in EVENT is of one kind of them; nothing else names it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from reporting_pollster.events.base import Event


@cache
def event_kinds() -> dict[str, Event]:
    """Every kind of event by the resource it is of, in alphabetical order."""
    found = {event.resource: event for event in _listed()}
    return {name: found[name] for name in sorted(found)}


def _listed() -> Iterable[Event]:
    for module in pkgutil.iter_modules(__path__):
        event = getattr(importlib.import_module(f"{__name__}.{module.name}"), "EVENT", None)
        if isinstance(event, Event):
            yield event
