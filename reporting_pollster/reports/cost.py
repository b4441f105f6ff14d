"""What use costs: the use that is to be priced, told apart by all that a price may depend on.

This is no REPORT, since no database computes money as exactly as we want it: the rate service prices what the query
gives. Use comes piece by piece of a month, because prices change within, and a project's rows come together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select, union_all

from reporting_pollster.reports.base import Asked, Chart, Column, Report, number, text
from reporting_pollster.reports.consumption import (
    AMOUNTS,
    DAY,
    FLAVOUR,
    NAMES,
    PROJECT,
    STATE,
    VOLUME_TYPE,
    ZONE,
    Amount,
    consumption,
)
from reporting_pollster.reports.usage import TABLES

Piece = tuple[datetime, datetime]

_BY: Mapping[str, tuple[Column, ...]] = {
    "project": (text("project_id", "Project id"), text("project", "Project"), text("domain", "Domain")),
    "domain": (text("domain_id", "Domain id"), text("domain", "Domain")),
    "resource": (text("resource", "Resource"), text("unit", "Unit"), number("amount", "Amount", total=False)),
    "flavour": (text("flavour", "Flavour"),),
    "volume-type": (text("volume_type", "Volume type"),),
    "zone": (text("zone", "Zone"),),
    "state": (text("state", "State"),),
    "day": (Column("day", "Day", "day"),),
    "month": (text("month", "Month"),),
}
IN_TIME = ("day", "month")
AMOUNT_OF: Mapping[tuple[str, str], Amount] = {(amount.kind, amount.source): amount for amount in AMOUNTS}


def use(asked: Asked, pieces: Sequence[Piece], by_day: bool = False) -> Select[Any]:
    """The use of some pieces of time: columns piece (its number), those of KEYS, day if wanted, and all amounts."""
    keys = (PROJECT, FLAVOUR, VOLUME_TYPE, ZONE, STATE, *((DAY,) if by_day else ()))
    names = (*(key.name for key in keys), *NAMES)
    parts = []
    for place, (begin, end) in enumerate(pieces):
        amounts = consumption(asked, keys, begin, end).subquery()
        parts.append(select(literal(place).label("piece"), *(amounts.c[name] for name in names)))
    if len(parts) == 1:
        return parts[0].order_by(parts[0].selected_columns.project_id)
    every = union_all(*parts).subquery()
    return select(every).order_by(every.c.project_id)


def money_columns(currency: str, kinds: Sequence[str], by: str, compared: bool) -> tuple[Column, ...]:
    """The columns that are sums of money: by kind of resource where that says something new."""

    def money(name: str, title: str) -> Column:
        return Column(name, f"{title}, {currency}", "decimal", currency, total=True)

    if compared:
        return money("cost", "Cost"), money("compared_cost", "Compared"), money("difference", "Difference")
    each = [] if by == "resource" else [money(f"{kind}_cost", _plural(kind)) for kind in kinds]
    return (*each, money("cost", "Cost"))


def _plural(kind: str) -> str:
    return "Floating IPs" if kind == "floating_ip" else f"{kind.capitalize()}s"


def _charts(by: str) -> Sequence[Chart]:
    label = tuple(column.name for column in _BY[by] if column.name in (by, "volume_type"))
    return (Chart("Cost", label, "cost", by in IN_TIME),)


COST = Report(
    title="Cost",
    description="What use costs with the price list of [rating] file or another one. Each project has a bill for each "
    "month, which is rounded once; whatever the rows are grouped by, they add up to these bills.",
    example="--month 2026-10 --by project",
    columns=(),
    query=lambda asked: use(asked, [(asked.begin, asked.end)]),
    tables=TABLES,
    time="span",
    by=_BY,
    of_project=True,
    told_to="project",
    remembers=True,
    charts=_charts,
)
