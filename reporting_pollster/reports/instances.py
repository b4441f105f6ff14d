"""Instances with their periods in a time span: the rows behind the usage of instances."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, null, select

from reporting_pollster.reports.base import Asked, Column, Report, hours, moment, number, text
from reporting_pollster.reports.seconds import lies_in, overlap
from reporting_pollster.reports.versions import known, of_project, projects, table

_COLUMNS = (
    text("id", "Instance id"),
    text("name", "Name"),
    text("project_id", "Project id"),
    text("project", "Project"),
    text("user_id", "User id"),
    text("state", "State"),
    text("flavour", "Flavour"),
    number("vcpus", "vCPUs", total=False),
    number("memory_mb", "Memory, MB", "MB", total=False),
    number("root_gb", "Root disk, GB", "GB", total=False),
    number("ephemeral_gb", "Ephemeral, GB", "GB", total=False),
    text("host", "Host"),
    text("zone", "Zone"),
    moment("valid_from", "From"),
    moment("valid_to", "To"),
    text("from_origin", "From, told by"),
    text("to_origin", "To, told by"),
    Column("in_use", "Counts", "flag"),
    hours("seconds", "Hours in the span", "s"),
)


def _query(asked: Asked) -> Select[Any]:
    period, instance, names = table("instance_period").c, table("instance"), projects(asked)
    span = (period.valid_from, period.valid_to, asked.begin, asked.end, asked.until_of("instance"))
    # names have no history: an old report must not change with them
    name = instance.c.name if asked.known_at is None else null()
    rows = table("instance_period").outerjoin(names, names.c.id == period.project_id)
    if asked.known_at is None:
        rows = rows.outerjoin(instance, (instance.c.id == period.id) & (instance.c.region == period.region))
    return (
        select(
            period.id,
            name,
            period.project_id,
            names.c.name,
            period.created_by,
            period.state,
            period.flavour_name,
            period.vcpus,
            period.memory,
            period.root,
            period.ephemeral,
            period.host,
            period.availability_zone,
            period.valid_from,
            period.valid_to,
            period.valid_from_origin,
            period.valid_to_origin,
            period.in_use,
            case((period.in_use, overlap(*span)), else_=0),
        )
        .select_from(rows)
        .where(period.region == asked.region, known(period, asked), lies_in(*span))
        .where(of_project(period.project_id, asked))
        .order_by(period.id, period.valid_from)
    )


REPORT = Report(
    title="Instances and their periods",
    description="Every period of every instance that lies in the time span, at least in part: since when and until "
    "when it had which size and state, and what tells so. The hours are those within the span; being built or deleted "
    "counts for none.",
    example="--month 2026-10 --project demo --format csv",
    columns=_COLUMNS,
    query=_query,
    tables=("instance",),
    time="span",
    of_project=True,
    remembers=True,
)
