"""How use went, day by day or month by month, told apart by what took most of it; the rest is one row.

A chart of a thousand projects shows nothing, so a row of its own has whatever is among the largest by any of the
amounts; then all charts of the same answer can be drawn, and its rows still add up to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, case, func, literal, null, or_, select

from reporting_pollster.reports.base import Asked, Chart, Column, Option, Report, text
from reporting_pollster.reports.consumption import (
    AMOUNTS,
    DAY,
    FLAVOUR,
    MONTH,
    NAMES,
    PROJECT,
    ZONE,
    Key,
    consumption,
)
from reporting_pollster.reports.usage import TABLES
from reporting_pollster.reports.versions import projects

_STEPS: Mapping[str, tuple[Key, Column]] = {
    "day": (DAY, Column("day", "Day", "day")),
    "month": (MONTH, text("month", "Month")),
}
_KEYS: Mapping[str, tuple[Key, tuple[Column, ...]]] = {
    "project": (PROJECT, (text("project_id", "Project id"), text("project", "Project"))),
    "flavour": (FLAVOUR, (text("flavour", "Flavour"),)),
    "zone": (ZONE, (text("zone", "Zone"),)),
}
_OTHERS = Column("others", "All others", "flag")
_BY: Mapping[str, tuple[Column, ...]] = {
    f"{key}-{step}": (column, _OTHERS, *columns)
    for key, (_, columns) in _KEYS.items()
    for step, (_, column) in _STEPS.items()
}
_RANKED = ("instance_seconds", "vcpu_seconds", "memory_mb_seconds", "volume_gb_seconds", "image_mb_seconds")


def _query(asked: Asked) -> Select[Any]:
    name, _, unit = asked.by.rpartition("-")
    key, step = _KEYS[name][0], _STEPS[unit][0]
    used = consumption(asked, (step, key), asked.begin, asked.end).cte("used")
    rows = _named(used, key.name, _largest(used, key.name, asked.options["top"]), step.name).subquery()
    time, others, own = rows.c[step.name], rows.c.others, rows.c[key.name]
    added = (
        select(time, others, own, *(func.sum(rows.c[each]).label(each) for each in NAMES))
        .group_by(time, others, own)
        .subquery()
    )
    time, others, own = added.c[step.name], added.c.others, added.c[key.name]
    amounts = [added.c[each] for each in NAMES]
    if key is not PROJECT:
        return select(time, others, own, *amounts).order_by(time, others, own)
    names = projects(asked)
    return (
        select(time, others, own, names.c.name, *amounts)
        .select_from(added.outerjoin(names, names.c.id == own))
        .order_by(time, others, own)
    )


def _largest(used: CTE, key: str, top: int) -> FromClause:
    """What is among the first by any of the amounts that a chart is likely to show."""
    own = used.c[key]
    sums = select(own, *(func.sum(used.c[name]).label(name) for name in _RANKED)).group_by(own).subquery()
    places = [
        func.row_number().over(order_by=(sums.c[name].desc(), sums.c[key])).label(f"place_{name}") for name in _RANKED
    ]
    ranked = select(sums.c[key], *(sums.c[name] for name in _RANKED), *places).subquery()
    among: list[ColumnElement[bool]] = [(ranked.c[f"place_{name}"] <= top) & (ranked.c[name] > 0) for name in _RANKED]
    return select(ranked.c[key]).where(or_(*among)).subquery()


def _named(used: CTE, key: str, largest: FromClause, step: str) -> Select[Any]:
    """The rows with their keys, but those of the rest without."""
    is_large = largest.c[key].is_not(None)
    return select(
        used.c[step],
        case((is_large, literal(0)), else_=literal(1)).label("others"),
        case((is_large, used.c[key]), else_=null()).label(key),
        *(used.c[name] for name in NAMES),
    ).select_from(used.outerjoin(largest, largest.c[key] == used.c[key]))


def _charts(by: str) -> Sequence[Chart]:
    label = tuple(column.name for column in _BY[by] if column is not _OTHERS and column.name != "project_id")
    return (Chart("vCPU-hours", label, "vcpu_seconds", True),)


REPORT = Report(
    title="Usage over time",
    description="Use by day or month and by project, flavour or zone. What is among the largest (--top) by instances, "
    "vCPUs, memory, volumes or images has rows of its own; the rest is one row for each day or month.",
    example="--month 2026-10 --by project-day",
    columns=tuple(amount.column for amount in AMOUNTS),
    query=_query,
    tables=TABLES,
    time="span",
    by=_BY,
    options=(Option("top", "How many of the largest have rows of their own.", 10),),
    of_project=True,
    told_to="project",
    remembers=True,
    charts=_charts,
)
