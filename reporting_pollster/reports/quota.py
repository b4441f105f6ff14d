"""Quota against use, per project and resource.

Use is counted from our rows, as the services count: instances in every state but soft-deleted, volumes and snapshots
without internal ones. The space of snapshots counts against the volume space, as cinder's default settings have it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, null, or_, select, true, union_all

from reporting_pollster.reports.base import Asked, Option, Report, number, text
from reporting_pollster.reports.versions import of_project, projects, table

_UNLIMITED = -1

_COLUMNS = (
    text("project_id", "Project id"),
    text("project", "Project"),
    text("domain", "Domain"),
    text("resource", "Resource"),
    text("unit", "Unit"),
    number("quota", "Quota", total=False),
    number("used", "Used", total=False),
    number("free", "Free", total=False),
    number("used_percent", "Used, %", "%", total=False),
)

_RESOURCES = ("instances", "vcpus", "memory", "volumes", "volume space", "snapshots")
_UNITS = {"memory": "MB", "volume space": "GB"}


def _query(asked: Asked) -> Select[Any]:
    rows = _rows(asked).subquery()
    names = projects(asked)
    limit, used = rows.c.quota, rows.c.used
    limited = limit > 0
    percent = case((limited, used * 100 // case((limited, limit), else_=1)))
    least = asked.options["percent"]
    full = or_(percent >= least, and_(limit == 0, used > 0)) if least else true()
    return (
        select(
            rows.c.project_id,
            names.c.name,
            names.c.domain,
            rows.c.resource,
            rows.c.unit,
            limit,
            used,
            case((limit != _UNLIMITED, limit - used)),
            percent,
        )
        .select_from(rows)
        .outerjoin(names, names.c.id == rows.c.project_id)
        .where(full)
        .order_by(rows.c.project_id, rows.c.position)
    )


def _rows(asked: Asked) -> Select[Any]:
    """One row for each project and resource."""
    instances = _instances(asked).subquery()
    volumes, snapshots = _stored("volume", asked).subquery(), _stored("snapshot", asked).subquery()
    space = func.coalesce(volumes.c.space, 0) + func.coalesce(snapshots.c.space, 0)
    project = table("project")
    pairs = (
        (project.c.quota_instances, instances.c.instances),
        (project.c.quota_vcpus, instances.c.vcpus),
        (project.c.quota_memory, instances.c.memory),
        (project.c.quota_volume_count, volumes.c.number),
        (project.c.quota_volume_total, space),
        (project.c.quota_snapshot, snapshots.c.number),
    )
    kinds = union_all(
        *(
            select(
                literal(number).label("position"),
                literal(name).label("resource"),
                literal(_UNITS.get(name, "")).label("unit"),
            )
            for number, name in enumerate(_RESOURCES)
        )
    ).subquery()
    at = kinds.c.position
    return (
        select(
            project.c.id.label("project_id"),
            kinds.c.position,
            kinds.c.resource,
            kinds.c.unit,
            case(*((at == number, limit) for number, (limit, _) in enumerate(pairs)), else_=null()).label("quota"),
            func.coalesce(case(*((at == number, used) for number, (_, used) in enumerate(pairs))), 0).label("used"),
        )
        .select_from(project)
        .join(kinds, true())
        .outerjoin(instances, instances.c.project_id == project.c.id)
        .outerjoin(volumes, volumes.c.project_id == project.c.id)
        .outerjoin(snapshots, snapshots.c.project_id == project.c.id)
        .where(project.c.region == asked.region, project.c.active == true(), of_project(project.c.id, asked))
    )


def _instances(asked: Asked) -> Select[Any]:
    i = table("instance").c
    counted = or_(i.vm_state.is_(None), i.vm_state != "soft-delete")
    return (
        select(
            i.project_id,
            func.count().label("instances"),
            func.sum(i.vcpus).label("vcpus"),
            func.sum(i.memory).label("memory"),
        )
        .where(i.region == asked.region, i.active == true(), counted, of_project(i.project_id, asked))
        .group_by(i.project_id)
    )


def _stored(name: str, asked: Asked) -> Select[Any]:
    t = table(name).c
    counted = or_(t.temporary.is_(None), t.temporary != true())
    return (
        select(t.project_id, func.count().label("number"), func.sum(t.size).label("space"))
        .where(t.region == asked.region, t.active == true(), counted, of_project(t.project_id, asked))
        .group_by(t.project_id)
    )


REPORT = Report(
    title="Quota against use",
    description="What each project may have, has, and has left. -1 is unlimited; a quota that no database says (the "
    "services' own settings) is empty.",
    example="--percent 90",
    columns=_COLUMNS,
    query=_query,
    tables=("project", "instance", "volume", "snapshot"),
    options=(Option("percent", "Only what is used to so many percent or more.", 0, minimum=0),),
    of_project=True,
    told_to="project",
)
