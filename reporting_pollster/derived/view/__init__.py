"""Views for people who write SQL. A module that ends in VIEW or VIEWS is one, or several; nothing else names it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from reporting_pollster.derived.view.base import View


@cache
def views() -> dict[str, View]:
    """Every view by name, in alphabetical order."""
    found = {view.name: view for view in _listed()}
    return {name: found[name] for name in sorted(found)}


def _listed() -> Iterable[View]:
    for each in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{each.name}")
        view = getattr(module, "VIEW", None)
        if isinstance(view, View):
            yield view
        yield from getattr(module, "VIEWS", ())
