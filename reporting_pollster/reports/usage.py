"""What was used, by whom or by what: the question that all of this is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, Select, func, literal, select

from reporting_pollster.reports.base import Asked, Chart, Column, Report, text
from reporting_pollster.reports.consumption import (
    AMOUNTS,
    DAY,
    FLAVOUR,
    MONTH,
    NAMES,
    PROJECT,
    STATE,
    USER,
    VOLUME_TYPE,
    ZONE,
    Key,
    consumption,
)
from reporting_pollster.reports.versions import projects, versions

TABLES = ("instance", "volume", "snapshot", "backup", "image", "floating_ip")

_BY: Mapping[str, tuple[Column, ...]] = {
    "project": (text("project_id", "Project id"), text("project", "Project"), text("domain", "Domain")),
    "domain": (text("domain_id", "Domain id"), text("domain", "Domain")),
    "user": (text("user_id", "User id"), text("user", "User")),
    "flavour": (text("flavour", "Flavour"),),
    "volume-type": (text("volume_type", "Volume type"),),
    "zone": (text("zone", "Zone"),),
    "state": (text("state", "State"),),
    "day": (Column("day", "Day", "day"),),
    "month": (text("month", "Month"),),
}
_KEYS: Mapping[str, Key] = {
    "project": PROJECT,
    "domain": PROJECT,
    "user": USER,
    "flavour": FLAVOUR,
    "volume-type": VOLUME_TYPE,
    "zone": ZONE,
    "state": STATE,
    "day": DAY,
    "month": MONTH,
}
_IN_TIME = ("day", "month")


def _query(asked: Asked) -> Select[Any]:
    used = consumption(asked, (_KEYS[asked.by],), asked.begin, asked.end).subquery()
    if asked.by == "project":
        return _named(used, projects(asked), "project_id", ("name", "domain"))
    if asked.by == "user":
        return _named(used, versions("user", asked, "id", "name"), "user_id", ("name",))
    if asked.by == "domain":
        return _by_domain(used, asked)
    key = used.c[_KEYS[asked.by].name]
    order = (key,) if asked.by in _IN_TIME else (used.c.vcpu_seconds.desc(), key)
    return select(key, *(used.c[name] for name in NAMES)).order_by(*order)


def _named(used: FromClause, names: FromClause, key: str, columns: Sequence[str]) -> Select[Any]:
    own = used.c[key]
    return (
        select(own, *(names.c[column] for column in columns), *(used.c[name] for name in NAMES))
        .select_from(used.outerjoin(names, names.c.id == own))
        .order_by(used.c.vcpu_seconds.desc(), used.c.volume_gb_seconds.desc(), own)
    )


def _by_domain(used: FromClause, asked: Asked) -> Select[Any]:
    names = projects(asked)
    domain = func.coalesce(names.c.domain_id, literal(""))
    sums = [func.sum(used.c[name]).label(name) for name in NAMES]
    added = (
        select(domain.label("domain_id"), *sums)
        .select_from(used.outerjoin(names, names.c.id == used.c.project_id))
        .group_by(domain)
        .subquery()
    )
    return _named(added, versions("domain", asked, "id", "name"), "domain_id", ("name",))


def _charts(by: str) -> Sequence[Chart]:
    label = tuple(column.name for column in _BY[by] if column.name in (by, "volume_type"))
    in_time = by in _IN_TIME
    return (
        Chart("vCPU-hours", label, "vcpu_seconds", in_time),
        Chart("Memory, GB-hours", label, "memory_mb_seconds", in_time),
        Chart("Volumes, GB-hours", label, "volume_gb_seconds", in_time),
    )


REPORT = Report(
    title="Usage",
    description="What instances, volumes, snapshots, backups, images and floating IPs took, from the second that each "
    "came into use to the second that it ended. Rows add up to the same totals whatever they are grouped by.",
    example="--month 2026-10 --by project",
    columns=tuple(amount.column for amount in AMOUNTS),
    query=_query,
    tables=TABLES,
    time="span",
    by=_BY,
    of_project=True,
    told_to="project",
    remembers=True,
    charts=_charts,
)
