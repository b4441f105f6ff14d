"""Instances with their periods in a time span: the rows behind the usage of instances."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, null

from reporting_pollster.reports.base import Asked, Report, number, text
from reporting_pollster.reports.periods_in_span import PROJECT, SPAN, periods_in_span
from reporting_pollster.reports.versions import table

_COLUMNS = (
    text("id", "Instance id"),
    text("name", "Name"),
    *PROJECT,
    text("user_id", "User id"),
    text("state", "State"),
    text("flavour", "Flavour"),
    number("vcpus", "vCPUs", total=False),
    number("memory_mb", "Memory, MB", "MB", total=False),
    number("root_gb", "Root disk, GB", "GB", total=False),
    number("ephemeral_gb", "Ephemeral, GB", "GB", total=False),
    text("host", "Host"),
    text("zone", "Zone"),
    *SPAN,
)


def _query(asked: Asked) -> Select[Any]:
    period = table("instance_period").c
    sizes = (period.vcpus, period.memory, period.root, period.ephemeral)
    host = period.host if asked.reach.everything else null()  # nova does not tell its users either
    own = (period.created_by, period.state, period.flavour_name, *sizes, host, period.availability_zone)
    return periods_in_span("instance", "name", asked, own)


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
    told_to="project",
    detailed=True,
    remembers=True,
)
