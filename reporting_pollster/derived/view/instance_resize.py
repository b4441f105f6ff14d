"""Resizes with the names and sizes of both flavours: nova tells flavours by number only, and drops the old ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from reporting_pollster.derived.view.base import View, owners, table, with_owners


def _query() -> Select[Any]:
    move, instance, owner = table("migration"), table("instance"), owners()
    old, new = table("flavour").alias("old_flavour"), table("flavour").alias("new_flavour")
    m = move.c
    rows = move.outerjoin(instance, (instance.c.id == m.instance_id) & (instance.c.region == m.region))
    rows = rows.outerjoin(old, (old.c.id == m.old_flavour) & (old.c.region == m.region))
    rows = rows.outerjoin(new, (new.c.id == m.new_flavour) & (new.c.region == m.region))
    sizes = (side.c[name].label(f"{word}_{name}") for word, side in (("old", old), ("new", new)) for name in _SIZES)
    return (
        select(
            *(m.region, m.instance_id, instance.c.name, instance.c.project_id, owner.c.project, owner.c.domain),
            *(old.c.name.label("old_flavour"), new.c.name.label("new_flavour"), *sizes),
            *(m.status, m.created, m.updated, m.source_host, m.dest_host),
        )
        .select_from(with_owners(rows, instance, owner))
        .where(m.type == "resize")
    )


_SIZES = ("vcpus", "memory", "root", "ephemeral")

VIEW = View(
    name="instance_resize",
    comment="Resizes of instances, with both flavours by name and size; also those that failed or were reverted",
    columns={
        "region": "Region",
        "instance_id": "Instance UUID (instance.id)",
        "name": "Display name of the instance",
        "project_id": "Project that owns it",
        "project": "Name of the project",
        "domain": "Name of the project's domain",
        "old_flavour": "Name of the flavour before",
        "new_flavour": "Name of the flavour after",
        "old_vcpus": "Virtual CPUs before",
        "old_memory": "Memory before, MB",
        "old_root": "Root disk before, GB",
        "old_ephemeral": "Ephemeral disk before, GB",
        "new_vcpus": "Virtual CPUs after",
        "new_memory": "Memory after, MB",
        "new_root": "Root disk after, GB",
        "new_ephemeral": "Ephemeral disk after, GB",
        "status": "nova status: confirmed and finished have taken place; reverted and error have not",
        "created": "Begin, UTC",
        "updated": "Last change in nova, UTC; empty until the first",
        "source_host": "Compute service host before",
        "dest_host": "Compute service host after",
    },
    query=_query,
)
