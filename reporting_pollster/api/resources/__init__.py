"""The resources. A module of this package, at any depth, that ends in RESOURCE is one; nothing else names it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from reporting_pollster.api.resource import Resource


def resources() -> Iterator[Resource]:
    """Every resource, in the order of the modules' names."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        found = getattr(importlib.import_module(module.name), "RESOURCE", None)
        if isinstance(found, Resource):
            yield found
