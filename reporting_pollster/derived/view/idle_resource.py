"""What is held and not used: instances that are stopped, and volumes and floating IPs that are attached to nothing.

Several periods in a row may be idle (the owner or the size changed, say): it is idle since the last one ended in which
it was not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    cast,
    false,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from reporting_pollster.derived.view.base import View, owners, table, with_owners

Test = Callable[[Any], ColumnElement[bool]]
_NOTHING = cast(null(), Integer)


def _query() -> Select[Any]:
    instance, volume = table("instance_period").c, table("volume_period").c
    disk = func.coalesce(instance.root, 0) + func.coalesce(instance.ephemeral, 0)
    parts = (
        _idle("instance", "name", (instance.vcpus, instance.memory, disk), _is_stopped, _is_not_stopped),
        _idle("volume", "display_name", (_NOTHING, _NOTHING, volume.size), _is_loose, _is_attached),
        _idle("floating_ip", "address", (_NOTHING, _NOTHING, _NOTHING), _is_loose, _is_attached),
    )
    idle, owner = union_all(*parts).subquery("idle"), owners()
    i = idle.c
    return select(
        *(i.region, i.kind, i.id, i.name, i.project_id, owner.c.project, owner.c.domain),
        *(i.idle_since, i.vcpus, i.memory, i.disk),
    ).select_from(with_owners(idle, idle, owner))


def _is_stopped(period: Any) -> ColumnElement[bool]:
    return period.state == "stopped"  # type: ignore[no-any-return]


def _is_not_stopped(period: Any) -> ColumnElement[bool]:
    return period.state != "stopped"  # type: ignore[no-any-return]


def _is_loose(period: Any) -> ColumnElement[bool]:
    return period.attached == false()  # type: ignore[no-any-return]


def _is_attached(period: Any) -> ColumnElement[bool]:
    return period.attached == true()  # type: ignore[no-any-return]


def _idle(kind: str, name: str, sizes: tuple[Any, ...], is_idle: Test, is_used: Test) -> Select[Any]:
    """The resources of a kind that are idle, with the end of the last period in which they were not."""
    period, row = table(f"{kind}_period"), table(kind)
    rows: FromClause = period.outerjoin(row, (row.c.id == period.c.id) & (row.c.region == period.c.region))
    sized = (size.label(label) for size, label in zip(sizes, ("vcpus", "memory", "disk"), strict=True))
    p = period.c
    return (
        select(literal(kind).label("kind"), p.region, p.id, row.c[name].label("name"), p.project_id)
        .add_columns(_since(period, is_used).label("idle_since"), *sized)
        .select_from(rows)
        .where(p.known_to.is_(None), p.valid_to.is_(None), p.in_use == true(), is_idle(p))
    )


def _since(period: Table, is_used: Test) -> ColumnElement[Any]:
    earlier = period.alias("earlier")
    same = (earlier.c.id == period.c.id, earlier.c.region == period.c.region, earlier.c.known_to.is_(None))
    used = select(func.max(earlier.c.valid_to)).where(*same, is_used(earlier.c)).scalar_subquery()
    began = select(func.min(earlier.c.valid_from)).where(*same).scalar_subquery()
    return func.coalesce(used, began)


VIEW = View(
    name="idle_resource",
    comment="Stopped instances, and volumes and floating IPs that are attached to nothing, with since when",
    columns={
        "region": "Region",
        "kind": "instance, volume or floating_ip",
        "id": "UUID of the resource",
        "name": "Display name, or the address",
        "project_id": "Project that owns it",
        "project": "Name of the project",
        "domain": "Name of the project's domain",
        "idle_since": "Since when it is idle, UTC",
        "vcpus": "Virtual CPUs that it holds",
        "memory": "Memory that it holds, MB",
        "disk": "Disk that it holds, GB",
    },
    query=_query,
)
