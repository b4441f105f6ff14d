"""Volumes with their periods in a time span: the rows behind the usage of volumes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func

from reporting_pollster.reports.base import Asked, Column, Report, hours, number, text
from reporting_pollster.reports.periods_in_span import PROJECT, SPAN, periods_in_span, seconds_in_use
from reporting_pollster.reports.versions import table, versions

_COLUMNS = (
    text("id", "Volume id"),
    text("name", "Name"),
    *PROJECT,
    text("state", "State"),
    text("volume_type", "Type"),
    number("size_gb", "Size, GB", "GB", total=False),
    Column("attached", "Attached", "flag"),
    text("zone", "Zone"),
    *SPAN,
    hours("gb_seconds", "GB-h in the span", "GB·s"),
)


def _query(asked: Asked) -> Select[Any]:
    period, kind = table("volume_period").c, versions("volume_type", asked, "id", "name")
    type_name = func.coalesce(kind.c.name, period.volume_type)
    own = (period.state, type_name, period.size, period.attached, period.availability_zone)
    return (
        periods_in_span("volume", "display_name", asked, own)
        .add_columns(seconds_in_use("volume", asked) * func.coalesce(period.size, 0))
        .outerjoin(kind, kind.c.id == period.volume_type)
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
    told_to="project",
    detailed=True,
    remembers=True,
)
