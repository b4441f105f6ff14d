"""Every period of a kind of resource that lies in a time span, at least in part: the rows behind its usage.

Trap: names have no history. A report of an earlier knowledge leaves them out, since it must not change with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, null, select

from reporting_pollster.reports.base import Asked, Column, hours, moment, text
from reporting_pollster.reports.seconds import lies_in, overlap
from reporting_pollster.reports.versions import known, of_project, projects, table

PROJECT = (text("project_id", "Project id"), text("project", "Project"))
SPAN = (
    moment("valid_from", "From"),
    moment("valid_to", "To"),
    text("from_origin", "From, told by"),
    text("to_origin", "To, told by"),
    Column("in_use", "Counts", "flag"),
    hours("seconds", "Hours in the span", "s"),
)


def periods_in_span(kind: str, name: str, asked: Asked, own: Sequence[ColumnElement[Any]]) -> Select[Any]:
    """Id, name (by this column of the resource's table), project, its own columns, and the span."""
    periods, resource, names = table(f"{kind}_period"), table(kind).c, projects(asked)
    period = periods.c
    rows = periods.outerjoin(names, names.c.id == period.project_id)
    if asked.known_at is None:
        rows = rows.outerjoin(table(kind), and_(*_same(kind, asked)))
    found = select(
        period.id,
        resource[name] if asked.known_at is None else null(),
        period.project_id,
        names.c.name,
        *own,
        period.valid_from,
        period.valid_to,
        period.valid_from_origin,
        period.valid_to_origin,
        period.in_use,
        seconds_in_use(kind, asked),
    )
    return (
        found.select_from(rows)
        .where(period.region == asked.region, known(period, asked), lies_in(*_span(kind, asked)))
        .where(of_project(period.project_id, asked))
        .order_by(period.id, period.valid_from)
    )


def _same(kind: str, asked: Asked) -> Iterator[ColumnElement[bool]]:
    """Names are those of now: who handed a resource over is not told what its new owner calls it."""
    resource, period = table(kind).c, table(f"{kind}_period").c
    yield resource.id == period.id
    yield resource.region == period.region
    if not asked.reach.everything:
        yield resource.project_id == period.project_id


def seconds_in_use(kind: str, asked: Asked) -> ColumnElement[int]:
    """How long it counted within the span."""
    return case((table(f"{kind}_period").c.in_use, overlap(*_span(kind, asked))), else_=0)


def _span(kind: str, asked: Asked) -> tuple[Any, ...]:
    period = table(f"{kind}_period").c
    return period.valid_from, period.valid_to, asked.begin, asked.end, asked.until_of(kind)
