"""Projects: who they are, and what they have now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, Select, func, select, true

from reporting_pollster.reports.base import Asked, Column, Report, number, text
from reporting_pollster.reports.versions import of_project, table, versions

_COLUMNS = (
    text("project_id", "Project id"),
    text("project", "Project"),
    text("domain", "Domain"),
    text("organisation", "Organisation"),
    Column("enabled", "Enabled", "flag"),
    Column("personal", "Personal", "flag"),
    number("instances", "Instances"),
    number("vcpus", "vCPUs"),
    number("memory_mb", "Memory, MB", "MB"),
    number("volumes", "Volumes"),
    number("volume_gb", "Volumes, GB", "GB"),
    number("floating_ips", "Floating IPs"),
    text("description", "Description"),
)


def _query(asked: Asked) -> Select[Any]:
    project, domain = table("project"), versions("domain", asked, "id", "name")
    instances = _living("instance", asked, "vcpus", "memory")
    volumes, addresses = _living("volume", asked, "size"), _living("floating_ip", asked)
    return (
        select(
            project.c.id,
            project.c.display_name,
            domain.c.name,
            project.c.organisation,
            project.c.enabled,
            project.c.personal,
            *(func.coalesce(instances.c[name], 0) for name in ("number", "vcpus", "memory")),
            *(func.coalesce(volumes.c[name], 0) for name in ("number", "size")),
            func.coalesce(addresses.c.number, 0),
            project.c.description,
        )
        .select_from(project)
        .outerjoin(domain, domain.c.id == project.c.domain_id)
        .outerjoin(instances, instances.c.project_id == project.c.id)
        .outerjoin(volumes, volumes.c.project_id == project.c.id)
        .outerjoin(addresses, addresses.c.project_id == project.c.id)
        .where(project.c.region == asked.region, project.c.active == true(), of_project(project.c.id, asked))
        .order_by(project.c.id)
    )


def _living(name: str, asked: Asked, *sizes: str) -> FromClause:
    """How many each project has, and how much that is."""
    t = table(name).c
    sums = (func.sum(t[size]).label(size) for size in sizes)
    return (
        select(t.project_id, func.count().label("number"), *sums)
        .where(t.region == asked.region, t.active == true(), of_project(t.project_id, asked))
        .group_by(t.project_id)
        .subquery()
    )


REPORT = Report(
    title="Projects",
    description="Every project that keystone has, and what is there of it in any state.",
    example="--format csv",
    columns=_COLUMNS,
    query=_query,
    tables=("project", "instance", "volume", "floating_ip"),
    of_project=True,
    told_to="project",
)
