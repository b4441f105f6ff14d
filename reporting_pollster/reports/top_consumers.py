"""The projects that used most; of one project alone that would be no ranking, so that its members are not told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from reporting_pollster.reports.base import Asked, Chart, Option, Report, text
from reporting_pollster.reports.consumption import AMOUNTS, NAMES, PROJECT, consumption
from reporting_pollster.reports.usage import TABLES
from reporting_pollster.reports.versions import projects

_RANKED: Mapping[str, str] = {
    "vcpu": "vcpu_seconds",
    "memory": "memory_mb_seconds",
    "instance": "instance_seconds",
    "volume": "volume_gb_seconds",
    "snapshot": "snapshot_gb_seconds",
    "backup": "backup_gb_seconds",
    "image": "image_mb_seconds",
    "floating-ip": "floating_ip_seconds",
}


def _query(asked: Asked) -> Select[Any]:
    used, names = consumption(asked, (PROJECT,), asked.begin, asked.end).subquery(), projects(asked)
    rank = used.c[_RANKED[asked.by]]
    return (
        select(used.c.project_id, names.c.name, names.c.domain, *(used.c[name] for name in NAMES))
        .select_from(used.outerjoin(names, names.c.id == used.c.project_id))
        .where(rank > 0)
        .order_by(rank.desc(), used.c.project_id)
        .limit(asked.options["limit"])
    )


REPORT = Report(
    title="Top consumers",
    description="The projects that used most of something, the largest first.",
    example="--month 2026-10 --by memory --limit 20",
    columns=(
        text("project_id", "Project id"),
        text("project", "Project"),
        text("domain", "Domain"),
        *(amount.column for amount in AMOUNTS),
    ),
    query=_query,
    tables=TABLES,
    time="span",
    by=dict.fromkeys(_RANKED, ()),
    told_to="domain",
    by_help="What the projects are ranked by.",
    options=(Option("limit", "No more projects than these.", 10),),
    remembers=True,
    charts=lambda by: (Chart(f"The largest by {by}", ("project",), _RANKED[by]),),
)
