"""What can be exported. An export is asked for like a report of a time span, in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from reporting_pollster.exports.focus.columns import VERSION as FOCUS_VERSION
from reporting_pollster.reports.base import Report
from reporting_pollster.reports.cost import COST
from reporting_pollster.reports.usage import TABLES
from reporting_pollster.services.export.focus import focus
from reporting_pollster.services.export.month import Month, Part
from reporting_pollster.services.export.periods import periods
from reporting_pollster.services.export.usage import usage


class Dataset(NamedTuple):
    """A dataset: its parts for a month, and how it is asked for.

    `schema` and its version are for the manifest. `by_days` has no more than usage_day.
    """

    parts: Callable[[Month], Iterator[Part]]
    about: Report
    schema: str = "reporting-pollster"
    schema_version: int = 1
    needs_rates: bool = False
    by_days: bool = False


def _about(title: str, description: str, example: str, remembers: bool) -> Report:
    return Report(title, description, example, (), COST.query, TABLES, "span", remembers=remembers)


DATASETS: Mapping[str, Dataset] = {
    "periods": Dataset(
        periods,
        _about(
            "Periods",
            "Write every period of every resource: since when and until when it had which size, state and owner, and "
            "what tells so. A period of several months is in each, with the seconds that it has there.",
            "--month 2026-10 --format parquet --output /srv/export",
            True,
        ),
    ),
    "usage": Dataset(
        usage,
        _about(
            "Usage",
            "Write usage_day: what each project took on each whole day, by kind, type, zone and state.",
            "--from 2026-01-01 --to 2026-07-01 --format csv --output /srv/export",
            False,
        ),
        by_days=True,
    ),
    "focus": Dataset(
        focus,
        _about(
            "FOCUS",
            "Write cost and usage as FOCUS 1.2 has it: a row for each period of a resource and each thing of it that "
            "has a price. Rows of a project and month add up to its bill.",
            "--month 2026-10 --format parquet --output /srv/export",
            True,
        ),
        schema=f"FOCUS {FOCUS_VERSION}",
        needs_rates=True,
    ),
}
