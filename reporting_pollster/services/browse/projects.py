"""Projects that whoever asks may see, also those that keystone has forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from reporting_pollster.errors import UnknownName
from reporting_pollster.reports.base import Column, number, text
from reporting_pollster.reports.versions import reached, table
from reporting_pollster.services.browse.keyset import Key, Page, Place, page
from reporting_pollster.services.permit import Permit
from reporting_pollster.services.report.result import Row
from reporting_pollster.services.report.run import converted

PROJECT_COLUMNS = (
    text("id", "Project id"),
    text("name", "Name"),
    text("description", "Description"),
    text("domain_id", "Domain id"),
    text("domain", "Domain"),
    text("organisation", "Organisation"),
    Column("enabled", "Enabled", "flag"),
    Column("personal", "Personal", "flag"),
    Column("active", "There", "flag"),
    number("quota_instances", "Instances allowed"),
    number("quota_vcpus", "vCPUs allowed"),
    number("quota_memory_mb", "Memory allowed", "MB"),
    number("quota_volumes", "Volumes allowed"),
    number("quota_volume_gb", "Volume space allowed", "GB"),
    number("quota_snapshots", "Snapshots allowed"),
)
_OWN = ("enabled", "personal", "active", "quota_instances", "quota_vcpus", "quota_memory")
_QUOTAS = ("quota_volume_count", "quota_volume_total", "quota_snapshot")


@dataclass(frozen=True)
class ProjectFilter:
    """Which projects: those whose name begins with something, in any case, or those that keystone has or forgot."""

    name: str | None = None
    active: bool | None = None


def projects_page(connection: Connection, region: str, permit: Permit, wanted: ProjectFilter, place: Place) -> Page:
    """A page of projects by name."""
    project = table("project").c
    query = _query(region, permit)
    if wanted.name is not None:
        query = query.where(project.display_name.istartswith(wanted.name, autoescape=True))
    if wanted.active is not None:
        query = query.where(project.active.is_(wanted.active))
    keys = (Key(func.coalesce(project.display_name, "")), Key(project.id))
    return page(connection, query, PROJECT_COLUMNS, keys, place)


def one_project(connection: Connection, region: str, permit: Permit, project_id: str) -> Row:
    """One project. Raises UnknownName, also for one that is not for whoever asks."""
    query = _query(region, permit).where(table("project").c.id == project_id)
    for row in converted(connection.execute(query), PROJECT_COLUMNS):
        return row
    raise UnknownName(f"there is no project {project_id}")


def _query(region: str, permit: Permit) -> Select[Any]:
    project, domain = table("project"), table("domain")
    p = project.c
    same = (domain.c.id == p.domain_id) & (domain.c.region == p.region)
    names = (p.id, p.display_name, p.description, p.domain_id, domain.c.name, p.organisation)
    return (
        select(*names, *(p[name] for name in (*_OWN, *_QUOTAS)))
        .select_from(project.outerjoin(domain, same))
        .where(p.region == region, reached(p.id, region, permit.reach))
    )
