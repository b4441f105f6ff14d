"""The entities, found by listing this package: a module that ends in ENTITY is one, and nothing else names it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter

from reporting_pollster.entities.base import Entity
from reporting_pollster.errors import UnknownName


@cache
def catalogue() -> dict[str, Entity]:
    """Every entity by table name, parents before children, otherwise in alphabetical order."""
    found = {entity.name: entity for entity in _listed()}
    order = TopologicalSorter({name: sorted(found[name].after) for name in sorted(found)})
    return {name: found[name] for name in order.static_order()}


def selected(names: Iterable[str] = ()) -> tuple[Entity, ...]:
    """The named entities with everything they come after, in order; all of them when no name is given."""
    known = catalogue()
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in known:
            raise UnknownName(f"there is no table {name}", hint="`reporting-pollster tables` lists them")
        if name not in wanted:
            wanted.add(name)
            waiting.extend(known[name].after)
    return tuple(entity for name, entity in known.items() if not wanted or name in wanted)


def _listed() -> Iterable[Entity]:
    for module in pkgutil.iter_modules(__path__):
        entity = getattr(importlib.import_module(f"{__name__}.{module.name}"), "ENTITY", None)
        if isinstance(entity, Entity):
            yield entity
