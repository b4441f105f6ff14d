"""What is paid for and not used: volumes attached to nothing, and instances that have long been stopped.

A stopped instance may have several periods in a row (it changed hands, say): it is stopped since the last one ended in
which it was not. The same goes for volumes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, null, select, union_all

from reporting_pollster.reports.base import Asked, Chart, Option, Report, moment, number, text
from reporting_pollster.reports.seconds import at, seconds_between
from reporting_pollster.reports.versions import known, of_project, projects, table, valid

_DAY = 86_400

_COLUMNS = (
    text("kind", "Kind"),
    text("id", "Id"),
    text("name", "Name"),
    text("project_id", "Project id"),
    text("project", "Project"),
    moment("idle_since", "Idle since"),
    number("idle_days", "Days", "days", total=False),
    number("vcpus", "vCPUs"),
    number("memory_mb", "Memory, MB", "MB"),
    number("disk_gb", "Disk, GB", "GB"),
)


def _query(asked: Asked) -> Select[Any]:
    idle, names = union_all(_instances(asked), _volumes(asked)).subquery(), projects(asked)
    latest = asked.as_of - timedelta(days=asked.options["days"])
    sizes = (idle.c.vcpus, idle.c.memory_mb, idle.c.disk_gb)
    return (
        select(
            idle.c.kind,
            idle.c.id,
            idle.c.name,
            idle.c.project_id,
            names.c.name,
            idle.c.since,
            seconds_between(idle.c.since, at(asked.as_of)) // _DAY,
            *sizes,
        )
        .select_from(idle.outerjoin(names, names.c.id == idle.c.project_id))
        .where(idle.c.since <= at(latest))
        .order_by(idle.c.since, idle.c.id)
    )


def _instances(asked: Asked) -> Select[Any]:
    period = table("instance_period")
    disk = func.coalesce(period.c.root, 0) + func.coalesce(period.c.ephemeral, 0)
    sizes = (period.c.vcpus.label("vcpus"), period.c.memory.label("memory_mb"), disk.label("disk_gb"))
    return _idle(
        "instance", "name", asked, sizes, lambda row: row.state == "stopped", lambda row: row.state != "stopped"
    )


def _volumes(asked: Asked) -> Select[Any]:
    nothing = cast(null(), Integer)
    size = table("volume_period").c.size
    sizes = (nothing.label("vcpus"), nothing.label("memory_mb"), size.label("disk_gb"))
    return _idle("volume", "display_name", asked, sizes, lambda row: ~row.attached, lambda row: row.attached)


def _idle(kind: str, name: str, asked: Asked, sizes: tuple[Any, ...], is_idle: Any, is_used: Any) -> Select[Any]:
    """Resources that are idle at the instant, with the end of the last period in which they were not."""
    period, earlier, row = table(f"{kind}_period"), table(f"{kind}_period").alias(), table(kind)
    same = (earlier.c.id == period.c.id, earlier.c.region == period.c.region, known(earlier.c, asked))
    used = select(func.max(earlier.c.valid_to)).where(
        *same, is_used(earlier.c), earlier.c.valid_to <= period.c.valid_from
    )
    began = select(func.min(earlier.c.valid_from)).where(*same)
    rows: Any = period
    title: ColumnElement[Any] = null()
    if asked.known_at is None:  # names have no history: an old report must not change with them
        rows, title = period.outerjoin(row, (row.c.id == period.c.id) & (row.c.region == period.c.region)), row.c[name]
    return (
        select(
            literal(kind).label("kind"),
            period.c.id,
            title.label("name"),
            period.c.project_id,
            func.coalesce(used.scalar_subquery(), began.scalar_subquery()).label("since"),
            *sizes,
        )
        .select_from(rows)
        .where(valid(period.c, asked), period.c.in_use, is_idle(period.c), of_project(period.c.project_id, asked))
    )


REPORT = Report(
    title="Idle resources",
    description="Instances that are stopped and volumes that are attached to nothing, since when, and what they hold. "
    "The longest idle come first.",
    example="--days 90 --format html --output idle.html",
    columns=_COLUMNS,
    query=_query,
    tables=("instance", "volume"),
    time="instant",
    options=(Option("days", "Only what has been idle for so many days or longer.", 30, minimum=0),),
    of_project=True,
    told_to="project",
    remembers=True,
    charts=lambda by: (Chart("Disks held, GB", ("project", "name"), "disk_gb"),),
)
