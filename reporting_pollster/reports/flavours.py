"""Flavours in use: what lives of each, and what that takes.

The sizes are those of the instances themselves, since a flavour may have been dropped or made anew under its name.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from reporting_pollster.reports.base import Asked, Chart, Report, number, text
from reporting_pollster.reports.versions import of_project, table, valid

_COLUMNS = (
    text("flavour", "Flavour"),
    text("flavour_id", "Flavour id"),
    number("vcpus_each", "vCPUs each", total=False),
    number("memory_mb_each", "Memory each, MB", "MB", total=False),
    number("instances", "Instances"),
    number("projects", "Projects", total=False),
    number("vcpus", "vCPUs"),
    number("memory_mb", "Memory, MB", "MB"),
    number("disk_gb", "Disks, GB", "GB"),
)


def _query(asked: Asked) -> Select[Any]:
    period = table("instance_period").c
    flavour = (period.flavour_name, period.flavour_uuid, period.vcpus, period.memory)
    disk = func.coalesce(period.root, 0) + func.coalesce(period.ephemeral, 0)
    return (
        select(
            *flavour,
            func.count().label("instances"),
            func.count(period.project_id.distinct()),
            func.sum(func.coalesce(period.vcpus, 0)),
            func.sum(func.coalesce(period.memory, 0)),
            func.sum(disk),
        )
        .where(valid(period, asked), period.in_use, of_project(period.project_id, asked))
        .group_by(*flavour)
        .order_by(func.count().desc(), *flavour)
    )


REPORT = Report(
    title="Flavours in use",
    description="Living instances of each flavour and size, with the vCPUs, memory and disks that they take together.",
    example="--as-of 2026-10-01",
    columns=_COLUMNS,
    query=_query,
    tables=("instance",),
    time="instant",
    of_project=True,
    told_to="project",
    remembers=True,
    charts=lambda by: (Chart("Instances by flavour", ("flavour",), "instances"),),
)
