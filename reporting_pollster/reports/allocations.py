"""Allocations: what was granted to projects, who pays for it, and what they made of it in a time span."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, func, literal_column, select, true

from reporting_pollster.reports.base import Asked, Chart, Column, Report, hours, number, text
from reporting_pollster.reports.consumption import PROJECT, consumption
from reporting_pollster.reports.seconds import rounded_down
from reporting_pollster.reports.usage import TABLES
from reporting_pollster.reports.versions import of_project, table

_COLUMNS = (
    number("allocation", "Allocation", total=False),
    text("project_id", "Project id"),
    text("project", "Project"),
    text("chief_investigator", "Chief investigator"),
    text("status", "Status"),
    Column("start_date", "First day", "day"),
    Column("end_date", "Last day", "day"),
    number("funding_national_percent", "National funding, %", "%", total=False),
    text("funding_node", "Rest funded by"),
    number("quota_instances", "Instances granted", total=False),
    number("quota_vcpus", "vCPUs granted", total=False),
    number("quota_volume_gb", "Volume GB granted", "GB", total=False),
    hours("instance_seconds", "Instance-h", "s"),
    hours("vcpu_seconds", "vCPU-h", "vCPU·s"),
    number("vcpu_used_percent", "of granted, %", "%", total=False),
    hours("volume_gb_seconds", "Volume GB-h", "GB·s"),
    number("volume_used_percent", "of granted, %", "%", total=False),
)


def _query(asked: Asked) -> Select[Any]:
    allocation, project = table("allocation"), table("project")
    used = consumption(asked, (PROJECT,), asked.begin, asked.end).subquery()
    a = allocation.c
    here = (project.c.id == a.project_id) & (project.c.region == a.region)
    return (
        select(
            a.id,
            a.project_id,
            func.coalesce(project.c.display_name, a.project_name),
            a.chief_investigator,
            a.status,
            a.start_date,
            a.end_date,
            a.funding_national,
            a.funding_node,
            project.c.quota_instances,
            project.c.quota_vcpus,
            project.c.quota_volume_total,
            func.coalesce(used.c.instance_seconds, 0),
            func.coalesce(used.c.vcpu_seconds, 0),
            _percent(used.c.vcpu_seconds, project.c.quota_vcpus, asked),
            func.coalesce(used.c.volume_gb_seconds, 0),
            _percent(used.c.volume_gb_seconds, project.c.quota_volume_total, asked),
        )
        .select_from(allocation)
        .outerjoin(project, here)
        .outerjoin(used, used.c.project_id == a.project_id)
        .where(a.region == asked.region, a.active == true(), of_project(a.project_id, asked))
        .order_by(a.id)
    )


def _percent(used: Any, quota: Any, asked: Asked) -> Any:
    """What was used of a quota that was there for the whole span, rounded down; nothing where there is no limit."""
    seconds = int((asked.end - asked.begin).total_seconds())
    share = func.coalesce(used, 0) * literal_column("100.0") / (case((quota > 0, quota), else_=1) * seconds)
    return case((quota > 0, rounded_down(share)))


REPORT = Report(
    title="Allocations: funding and quota against use",
    description="Every allocation with its funding, its project's quota, and what the project used in the time span; "
    "the percentages are of the quota used all the time. Allocations and quotas are those of now.",
    example="--month 2026-10",
    columns=_COLUMNS,
    query=_query,
    tables=("allocation", "project", *TABLES),
    time="span",
    of_project=True,
    told_to="project",
    charts=lambda by: (Chart("vCPU-hours", ("project",), "vcpu_seconds"),),
)
