"""The reports, found by listing this package: a module that ends in REPORT is one, and nothing else names it.

A report is called like its module, with - for _.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from reporting_pollster.errors import UnknownName
from reporting_pollster.reports.base import Report


@cache
def catalogue() -> dict[str, Report]:
    """Every report by name, in alphabetical order."""
    found: dict[str, Report] = {}
    for module in pkgutil.iter_modules(__path__):
        report = getattr(importlib.import_module(f"{__name__}.{module.name}"), "REPORT", None)
        if isinstance(report, Report):
            found[module.name.replace("_", "-")] = report
    return dict(sorted(found.items()))


def report_named(name: str) -> Report:
    """The report of this name."""
    try:
        return catalogue()[name]
    except KeyError:
        raise UnknownName(f"there is no report {name}", hint="`reporting-pollster report list` names them") from None
