"""Quota against use, a row for each project and resource; counted as the report `quota` counts it.

Instances in every state but soft-deleted, volumes and snapshots without internal ones; the space of snapshots counts
against the volume space, as cinder's default settings have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from reporting_pollster.derived.arithmetic import quotient
from reporting_pollster.derived.view.base import View, owners, table, total, with_owners

_UNLIMITED = -1
_UNITS = {
    "instances": "",
    "vcpus": "",
    "memory": "MB",
    "volumes": "",
    "volume space": "GB",
    "snapshots": "",
}


def _query() -> Select[Any]:
    counted, owner = _counted(), owners()
    c = counted.c
    free = case((c.quota != _UNLIMITED, c.quota - c.used))
    percent = case((c.quota > 0, quotient(c.used * 100, func.nullif(c.quota, 0))))
    return select(
        *(c.region, c.project_id, owner.c.project, owner.c.domain, c.resource, c.unit, c.quota, c.used),
        *(free.label("free"), percent.label("used_percent")),
    ).select_from(with_owners(counted, counted, owner))


def _counted() -> FromClause:
    """Quota and use of each living project and each resource."""
    project, instances, volumes, snapshots = table("project"), _instances(), _stored("volume"), _stored("snapshot")
    p, space = project.c, _or_none(volumes.c.space) + _or_none(snapshots.c.space)
    resources = union_all(
        *(select(literal(name).label("name"), literal(unit).label("unit")) for name, unit in _UNITS.items())
    ).subquery("listed")
    quotas = (
        *(p.quota_instances, p.quota_vcpus, p.quota_memory),
        *(p.quota_volume_count, p.quota_volume_total, p.quota_snapshot),
    )
    used = (instances.c.number, instances.c.vcpus, instances.c.memory, volumes.c.number, space, snapshots.c.number)
    rows = project.join(resources, true())
    for counted in (instances, volumes, snapshots):
        rows = rows.outerjoin(counted, (counted.c.project_id == p.id) & (counted.c.region == p.region))
    return (
        select(p.region, p.id.label("project_id"), resources.c.name.label("resource"), resources.c.unit)
        .add_columns(_pick(resources.c.name, quotas).label("quota"))
        .add_columns(_or_none(_pick(resources.c.name, used)).label("used"))
        .select_from(rows)
        .where(p.active == true())
        .subquery("counted")
    )


def _pick(name: ColumnElement[str], values: Sequence[ColumnElement[Any]]) -> ColumnElement[int]:
    """The value for the resource of this row."""
    return cast(case(*((name == each, value) for each, value in zip(_UNITS, values, strict=True))), BigInteger)


def _or_none(count: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(count, 0)


def _instances() -> FromClause:
    i = table("instance").c
    counted = or_(i.vm_state.is_(None), i.vm_state != "soft-delete")
    figures = (func.count().label("number"), total(i.vcpus).label("vcpus"), total(i.memory).label("memory"))
    return (
        select(i.region, i.project_id, *figures)
        .where(i.active == true(), counted)
        .group_by(i.region, i.project_id)
        .subquery("instances")
    )


def _stored(name: str) -> FromClause:
    t = table(name).c
    return (
        select(t.region, t.project_id, func.count().label("number"), total(t.size).label("space"))
        .where(t.active == true(), or_(t.temporary.is_(None), t.temporary != true()))
        .group_by(t.region, t.project_id)
        .subquery(f"{name}s")
    )


VIEW = View(
    name="project_quota_use",
    comment="What each project may have and has, a row for each resource",
    columns={
        "region": "Region",
        "project_id": "Project",
        "project": "Name of the project",
        "domain": "Name of the project's domain",
        "resource": "instances, vcpus, memory, volumes, volume space or snapshots",
        "unit": "MB, GB, or empty for a number",
        "quota": "What is allowed; -1 unlimited, NULL when no database says it",
        "used": "What there is",
        "free": "What is left; NULL when that is unlimited or not known",
        "used_percent": "Share that is used, %, rounded down; NULL without a quota above 0",
    },
    query=_query,
)
