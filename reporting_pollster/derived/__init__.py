"""What follows from the facts: periods and usage. A module that ends in TIMELINE is one; nothing else names it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from reporting_pollster.derived.base import Timeline


@cache
def timelines() -> dict[str, Timeline]:
    """Every timeline by the resource it is of, in alphabetical order."""
    found = {timeline.resource: timeline for timeline in _listed()}
    return {name: found[name] for name in sorted(found)}


def fed_by(entity: str) -> tuple[Timeline, ...]:
    """The timelines that have facts from a reporting table."""
    return tuple(timeline for timeline in timelines().values() if entity in timeline.feeds)


def _listed() -> Iterable[Timeline]:
    for module in pkgutil.iter_modules(__path__):
        timeline = getattr(importlib.import_module(f"{__name__}.{module.name}"), "TIMELINE", None)
        if isinstance(timeline, Timeline):
            yield timeline
