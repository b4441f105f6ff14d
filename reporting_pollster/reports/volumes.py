"""Volumes with their periods in a time span: the rows behind the usage of volumes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, func, null, select

from reporting_pollster.reports.base import Asked, Column, Report, hours, moment, number, text
from reporting_pollster.reports.seconds import lies_in, overlap
from reporting_pollster.reports.versions import known, of_project, projects, table, versions

_COLUMNS = (
    text("id", "Volume id"),
    text("name", "Name"),
    text("project_id", "Project id"),
    text("project", "Project"),
    text("state", "State"),
    text("volume_type", "Type"),
    number("size_gb", "Size, GB", "GB", total=False),
    Column("attached", "Attached", "flag"),
    text("zone", "Zone"),
    moment("valid_from", "From"),
    moment("valid_to", "To"),
    text("from_origin", "From, told by"),
    text("to_origin", "To, told by"),
    Column("in_use", "Counts", "flag"),
    hours("seconds", "Hours in the span", "s"),
    hours("gb_seconds", "GB-h in the span", "GB·s"),
)


def _query(asked: Asked) -> Select[Any]:
    table_of_periods, volume, names = table("volume_period"), table("volume"), projects(asked)
    period, kind = table_of_periods.c, versions("volume_type", asked, "id", "name")
    span = (period.valid_from, period.valid_to, asked.begin, asked.end, asked.until_of("volume"))
    seconds = case((period.in_use, overlap(*span)), else_=0)
    # names have no history: an old report must not change with them
    name = volume.c.display_name if asked.known_at is None else null()
    rows = table_of_periods.outerjoin(names, names.c.id == period.project_id).outerjoin(
        kind, kind.c.id == period.volume_type
    )
    if asked.known_at is None:
        rows = rows.outerjoin(volume, (volume.c.id == period.id) & (volume.c.region == period.region))
    return (
        select(
            period.id,
            name,
            period.project_id,
            names.c.name,
            period.state,
            func.coalesce(kind.c.name, period.volume_type),
            period.size,
            period.attached,
            period.availability_zone,
            period.valid_from,
            period.valid_to,
            period.valid_from_origin,
            period.valid_to_origin,
            period.in_use,
            seconds,
            seconds * func.coalesce(period.size, 0),
        )
        .select_from(rows)
        .where(period.region == asked.region, known(period, asked), lies_in(*span))
        .where(of_project(period.project_id, asked))
        .order_by(period.id, period.valid_from)
    )


REPORT = Report(
    title="Volumes and their periods",
    description="Every period of every volume that lies in the time span, at least in part: since when and until when "
    "it had which size, type and state, and what tells so. The hours are those within the span.",
    example="--month 2026-10 --project demo --format csv",
    columns=_COLUMNS,
    query=_query,
    tables=("volume",),
    time="span",
    of_project=True,
    remembers=True,
)
