"""What each volume is attached to: one row for each living attachment, since a volume may have several."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, true

from reporting_pollster.derived.view.base import View, owners, table, with_owners


def _query() -> Select[Any]:
    attachment, volume, kind, instance = (
        table(name) for name in ("volume_attachment", "volume", "volume_type", "instance")
    )
    owner, a, v = owners(), attachment.c, volume.c
    rows = attachment.join(volume, (v.id == a.volume_id) & (v.region == a.region))
    rows = rows.outerjoin(kind, (kind.c.id == v.volume_type) & (kind.c.region == v.region))
    rows = rows.outerjoin(instance, (instance.c.id == a.instance_id) & (instance.c.region == a.region))
    return (
        select(
            *(v.region, v.id.label("volume_id"), v.display_name.label("volume_name"), v.size),
            *(kind.c.name.label("volume_type"), v.project_id, owner.c.project, owner.c.domain),
            *(a.instance_id, instance.c.name.label("instance_name"), a.attached_host, a.device, a.mode, a.attached),
        )
        .select_from(with_owners(rows, volume, owner))
        .where(a.active == true(), v.active == true())
    )


VIEW = View(
    name="volume_attached_to",
    comment="Volumes with the instances or hosts that they are attached to, a row for each attachment",
    columns={
        "region": "Region",
        "volume_id": "Volume UUID (volume.id)",
        "volume_name": "Display name of the volume",
        "size": "Provisioned size, GB",
        "volume_type": "Name of the volume type",
        "project_id": "Project that owns the volume",
        "project": "Name of the project",
        "domain": "Name of the project's domain",
        "instance_id": "Instance UUID (instance.id); empty when attached to a host",
        "instance_name": "Display name of the instance",
        "attached_host": "Host it is attached to, when not to an instance",
        "device": "Mount point (/dev/vdb, …)",
        "mode": "rw or ro",
        "attached": "Time of attaching, UTC; empty while only reserved",
    },
    query=_query,
)
