"""Who can spend: the effective roles on projects, and how each was obtained.

A role on a domain or on the system gives nothing on a project, unless it is inherited.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, true

from reporting_pollster.reports.base import Asked, Column, Report, text
from reporting_pollster.reports.versions import of_project, projects, table, versions

_COLUMNS = (
    text("project_id", "Project id"),
    text("project", "Project"),
    text("domain", "Domain"),
    text("user_id", "User id"),
    text("user", "User"),
    text("email", "E-mail"),
    Column("enabled", "Enabled", "flag"),
    text("role", "Role"),
    text("origin", "Obtained"),
)


def _query(asked: Asked) -> Select[Any]:
    role = table("role")
    names, user = projects(asked), versions("user", asked, "id", "name", "email", "enabled")
    return (
        select(
            role.c.project,
            names.c.name,
            names.c.domain,
            role.c.user,
            user.c.name,
            user.c.email,
            user.c.enabled,
            role.c.role,
            role.c.origin,
        )
        .select_from(role)
        .outerjoin(names, names.c.id == role.c.project)
        .outerjoin(user, user.c.id == role.c.user)
        .where(role.c.region == asked.region, role.c.active == true(), role.c.scope == "project")
        .where(of_project(role.c.project, asked))
        .order_by(role.c.project, role.c.user, role.c.role)
    )


REPORT = Report(
    title="Who can spend: effective roles on projects",
    description="Each role that somebody holds on a project: given directly, by a group, inherited from above, or "
    "implied by another role. Disabled users keep their roles, but can't use them.",
    example="--project demo",
    columns=_COLUMNS,
    query=_query,
    tables=("role", "user", "project"),
    of_project=True,
    told_to="domain",  # who else is in a project, with the address, is not for each of its members
)
