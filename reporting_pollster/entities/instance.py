"""Instances of every nova cell, cell0 included.

Traps: a soft delete keeps updated_at, and only `deleted <> 0` proves it; `deleted_at` alone means a soft-deleted
instance that may come back. Fresh rows have no updated_at. During a cross-cell resize the copy with `hidden = 1`
is not an instance. instance_type_id may point to nothing: the truth about the flavour is the instance's own copy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Executable, Index, Integer, Select, String, case, exists, func, or_, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import (
    Appended,
    EffectContext,
    Entity,
    Inputs,
    Living,
    Paged,
    Reporting,
    Row,
    Since,
    Tracked,
    ident,
)
from reporting_pollster.entities.flavour import known_from_instances
from reporting_pollster.entities.project import Project
from reporting_pollster.entities.source import CELLS, SourceQuery, SourceTables, joined


class Instance(Tracked, Reporting):
    """Virtual machines (servers), one row each, kept after nova has forgotten them"""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_project_id_active", "project_id", "active"),
        Index("ix_instance_living", "cell_name", "active", "created", "source_id"),
        Index("ix_instance_walk", "cell_name", "source_id"),
        Index("ix_instance_hypervisor", "hypervisor"),
        Index("ix_instance_availability_zone", "availability_zone"),
    )

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Instance UUID")
    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owns it")
    name: Mapped[str | None] = mapped_column(comment="Display name")
    vcpus: Mapped[int | None] = mapped_column(comment="Virtual CPUs")
    memory: Mapped[int | None] = mapped_column(comment="Memory, MB")
    root: Mapped[int | None] = mapped_column(comment="Root disk, GB")
    ephemeral: Mapped[int | None] = mapped_column(comment="Ephemeral disk, GB")
    flavour: Mapped[int | None] = mapped_column(comment="Internal flavour id (flavour.id)")
    flavour_uuid: Mapped[str | None] = mapped_column(ident(255), comment="Flavour id that users see (flavorid)")
    flavour_name: Mapped[str | None] = mapped_column(comment="Flavour name, as stored with the instance")
    created_by: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(
        comment="Deletion, UTC; for vanished rows the latest possible time"
    )
    launched: Mapped[datetime | None] = mapped_column(comment="First launch, UTC")
    terminated: Mapped[datetime | None] = mapped_column(comment="Termination on the host, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last save in nova, UTC")
    vm_state: Mapped[str | None] = mapped_column(String(255), comment="nova vm_state (active, stopped, error, …)")
    task_state: Mapped[str | None] = mapped_column(String(255), comment="nova task_state, empty when idle")
    power_state: Mapped[int | None] = mapped_column(comment="nova power_state number")
    image: Mapped[str | None] = mapped_column(ident(255), comment="Image UUID; empty when booted from a volume")
    key_name: Mapped[str | None] = mapped_column(String(255), comment="Name of the key pair")
    hostname: Mapped[str | None] = mapped_column(String(255), comment="Host name inside the instance")
    host: Mapped[str | None] = mapped_column(String(255), comment="Compute service host it runs on")
    hypervisor: Mapped[str | None] = mapped_column(String(255), comment="Hypervisor (node) it runs on")
    availability_zone: Mapped[str | None] = mapped_column(String(255), comment="Availability zone, else its host's")
    cell_name: Mapped[str] = mapped_column(ident(), comment="Cell whose database holds it")
    source_id: Mapped[int | None] = mapped_column(Integer, comment="Integer id within the cell")


# what the query gives as it is; availability zone and flavour come after it
_COPIED = (
    *("id", "project_id", "name", "vcpus", "memory", "root", "ephemeral", "flavour", "created_by", "created"),
    *("deleted", "launched", "terminated", "updated", "vm_state", "task_state", "power_state", "image", "key_name"),
    *("hostname", "host", "hypervisor", "source_id", "active"),
)


def _instances(tables: SourceTables) -> Select[Any]:
    i, extra = tables["instances"], tables["instance_extra"]
    gone = func.coalesce(i.deleted, 0) != 0
    return (
        select(
            i.uuid.label("id"),
            i.project_id,
            i.display_name.label("name"),
            i.vcpus,
            i.memory_mb.label("memory"),
            i.root_gb.label("root"),
            i.ephemeral_gb.label("ephemeral"),
            i.instance_type_id.label("flavour"),
            i.user_id.label("created_by"),
            i.created_at.label("created"),
            case((gone, func.coalesce(i.deleted_at, i.terminated_at, i.updated_at))).label("deleted"),
            i.launched_at.label("launched"),
            i.terminated_at.label("terminated"),
            i.updated_at.label("updated"),
            i.vm_state,
            i.task_state,
            i.power_state,
            i.image_ref.label("image"),
            i.key_name,
            i.hostname,
            i.host,
            i.node.label("hypervisor"),
            i.id.label("source_id"),
            case((gone, 0), else_=1).label("active"),
            i.availability_zone,
            extra.flavor.label("_flavor"),
        )
        .select_from(joined(i.clause, (extra.clause, extra.instance_uuid == i.uuid)))
        .where(or_(i.maybe("hidden") == 0, i.maybe("hidden").is_(None)))
    )


def _zones(tables: SourceTables) -> Select[Any]:
    hosts, meta = tables["aggregate_hosts"], tables["aggregate_metadata"]
    return (
        select(hosts.host, func.min(meta.value).label("zone"))
        .select_from(hosts.clause.join(meta.clause, meta.aggregate_id == hosts.aggregate_id))
        .where(meta.key == "availability_zone")
        .group_by(hosts.host)
    )


@lru_cache(maxsize=4096)  # the same flavour is stored with each of its instances, to the letter
def _flavour(text: str | None) -> tuple[str | None, str | None]:
    try:
        data = json.loads(text or "null")["cur"]["nova_object.data"]
        names = data.get("flavorid"), data.get("name")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None, None
    return tuple(None if name is None else str(name)[:255] for name in names)  # type: ignore[return-value]


def _complete(inputs: Inputs) -> Callable[[Row], Row]:
    zones = {row.host: row.zone for row in inputs["zones"]}
    default = inputs.settings.default_availability_zone
    host_at, width = _COPIED.index("host"), len(_COPIED)

    def complete(row: Row) -> Row:
        host, zone = row[host_at], row[width]
        return (*row[:width], zone or (host and zones.get(host, default)) or None, *_flavour(row[width + 1]))

    return complete


def _projects_with_instances(context: EffectContext) -> Executable:
    living = exists().where(
        Instance.project_id == Project.id, Instance.region == context.region, Instance.active == true()
    )
    return (
        update(Project)
        .where(Project.region == context.region, Project.has_instances != living)
        .values(has_instances=living)
    )


ENTITY = Entity(
    table=Instance,
    after=("project", "flavour", "cell"),
    source=Paged(
        database=CELLS,
        table="instances",
        select=_instances,
        key="source_id",
        cursors=(
            Since("updated_at"),
            Since("created_at", living_only=True),
            Since("terminated_at"),
            Appended("id"),
        ),
        living=Living(group="created_at", our_group="created", by_day=True, sum_keys=True),
        shadowed=True,
        context={"zones": SourceQuery("nova_api", _zones)},
        transform=_complete,
        columns=(*_COPIED, "availability_zone", "flavour_uuid", "flavour_name"),
    ),
    history=(
        *("project_id", "vcpus", "memory", "root", "ephemeral", "flavour", "flavour_uuid", "flavour_name"),
        *("created_by", "created", "deleted", "launched", "terminated", "vm_state", "image", "host", "hypervisor"),
        *("availability_zone", "cell_name", "active"),
    ),
    kept=("updated",),
    effects=(_projects_with_instances, known_from_instances),
    minimum={"vcpus": 0, "memory": 0, "root": 0, "ephemeral": 0},
)
