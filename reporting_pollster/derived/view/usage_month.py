"""Use per month and project, from usage_day: the days of a month are found by their index (see calendar_month)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, select

from reporting_pollster.derived.view.base import View, hours, owners, table, total, with_owners
from reporting_pollster.domain.rates import HOUR, RESOURCES, Resource


def _names(resource: Resource) -> tuple[str, str]:
    """The columns of an amount: in small units and exact, and in hours."""
    if resource.amount == "seconds":
        return f"{resource.name}_seconds", f"{resource.name}_hours"
    if resource.name == "vcpu":
        return "vcpu_seconds", "vcpu_hours"
    unit = "gb" if resource.per == HOUR else "mb"
    return f"{resource.name}_{unit}_seconds", f"{resource.name}_gb_hours"


def _columns() -> Iterator[tuple[str, str]]:
    yield "region", "Region"
    yield "month", "Month, such as 2026-09"
    yield "project_id", "Project; '' when resources had no owner"
    yield "project", "Name of the project"
    yield "domain", "Name of the project's domain"
    for resource in RESOURCES.values():
        exact, rounded = _names(resource)
        size = "" if resource.amount == "seconds" else "MB × " if "_mb_" in exact else "GB × "
        yield exact, f"{resource.title}, {'' if resource.name == 'vcpu' else size}s"
        yield rounded, f"{resource.title}, {resource.unit}"


def _query() -> Select[Any]:
    sums, owner = _sums(), owners()
    figures: list[ColumnElement[Any]] = []
    for resource in RESOURCES.values():
        exact, rounded = _names(resource)
        figures += [sums.c[exact], hours(sums.c[exact], resource.per).label(rounded)]
    own = (sums.c.region, sums.c.month, sums.c.project_id, owner.c.project, owner.c.domain)
    return select(*own, *figures).select_from(with_owners(sums, sums, owner))


def _sums() -> FromClause:
    usage, month = table("usage_day"), table("calendar_month")
    days = month.join(usage, usage.c.day.between(month.c.first_day, month.c.last_day))
    own = (usage.c.region, month.c.month, usage.c.project_id)
    figures = (
        total(case((usage.c.kind == each.kind, usage.c[each.amount]), else_=0)).label(_names(each)[0])
        for each in RESOURCES.values()
    )
    return select(*own, *figures).select_from(days).group_by(*own).subquery("used")


VIEW = View(
    name="usage_month",
    comment="Use of each project in each month (UTC), whole past days only; ask for one month by month = '2026-09'",
    columns=dict(_columns()),
    query=_query,
)
