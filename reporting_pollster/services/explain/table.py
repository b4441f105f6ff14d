"""An explanation as a table: a row for each period, with the columns that the reports' amounts are made of."""

from __future__ import annotations

from typing import Any

from reporting_pollster.reports.base import Column, hours, moment, text
from reporting_pollster.services.explain import Part

_AMOUNTS = (
    hours("vcpu_seconds", "vCPU-h", "vCPU·s"),
    hours("memory_mb_seconds", "Memory GB-h", "MB·s", per=3600 * 1024),
    hours("root_gb_seconds", "Root disk GB-h", "GB·s"),
    hours("ephemeral_gb_seconds", "Ephemeral GB-h", "GB·s"),
    hours("size_gb_seconds", "Size GB-h", "GB·s"),
    hours("size_mb_seconds", "Size GB-h, of images", "MB·s", per=3600 * 1024),
)
PART_COLUMNS: tuple[Column, ...] = (
    text("kind", "Kind"),
    text("resource", "Resource"),
    moment("from", "From"),
    moment("to", "To"),
    text("state", "State"),
    text("type", "Flavour or volume type"),
    text("zone", "Zone"),
    hours("seconds", "Hours", "s"),
    *_AMOUNTS,
    text("began", "How its begin is known"),
    text("ended", "How its end is known"),
)


def part_row(part: Part) -> tuple[Any, ...]:
    """The row of a part; an amount that its kind of resource does not have is empty."""
    what = (part.kind, part.resource, part.start, part.end, part.state, part.type, part.availability_zone)
    amounts = (part.amounts.get(amount.name) for amount in _AMOUNTS)
    return (*what, part.seconds, *amounts, part.began, part.ended)
