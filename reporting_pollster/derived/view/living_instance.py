"""The instances that there are, with the names that reports want to show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, true

from reporting_pollster.derived.view.base import View, owners, table, with_owners


def _query() -> Select[Any]:
    instance, user, image = table("instance"), table("user"), table("image")
    owner = owners()
    rows = with_owners(instance, instance, owner)
    rows = rows.outerjoin(user, (user.c.id == instance.c.created_by) & (user.c.region == instance.c.region))
    rows = rows.outerjoin(image, (image.c.id == instance.c.image) & (image.c.region == instance.c.region))
    i = instance.c
    return (
        select(
            *(i.region, i.id, i.name, i.project_id, owner.c.project, owner.c.domain),
            *(i.created_by, user.c.name.label("user_name"), user.c.enabled.label("user_enabled")),
            *(i.flavour, i.flavour_name, i.vcpus, i.memory, i.root, i.ephemeral),
            *(i.vm_state.label("state"), i.created, i.launched),
            *(i.image.label("image_id"), image.c.name.label("image_name")),
            *(i.host, i.hypervisor, i.availability_zone, i.cell_name),
        )
        .select_from(rows)
        .where(i.active == true())
    )


VIEW = View(
    name="living_instance",
    comment="Instances that exist, with the names of project, domain, user, flavour, image and hypervisor",
    columns={
        "region": "Region",
        "id": "Instance UUID",
        "name": "Display name",
        "project_id": "Project that owns it",
        "project": "Name of the project",
        "domain": "Name of the project's domain",
        "created_by": "User that created it",
        "user_name": "Name of that user",
        "user_enabled": "Whether that user's account is enabled; NULL where only LDAP knows",
        "flavour": "Internal flavour id (flavour.id)",
        "flavour_name": "Flavour name, as stored with the instance",
        "vcpus": "Virtual CPUs",
        "memory": "Memory, MB",
        "root": "Root disk, GB",
        "ephemeral": "Ephemeral disk, GB",
        "state": "nova vm_state (active, stopped, error, …)",
        "created": "Creation, UTC",
        "launched": "First launch, UTC",
        "image_id": "Image it was made from; empty when booted from a volume",
        "image_name": "Name of that image",
        "host": "Compute service host it runs on",
        "hypervisor": "Hypervisor (node) it runs on",
        "availability_zone": "Availability zone",
        "cell_name": "Cell whose database holds it",
    },
    query=_query,
)
