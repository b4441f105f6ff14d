"""Hypervisors (compute nodes) of every cell.

Traps: integer ids repeat among cells. The node and the compute service's host are two names, equal but for bare
metal, where one service has many nodes; the service holds the operator's switches. A node is soft-deleted when its
service goes, and comes back in place, under the same id. A ratio of 0.0 means "nova's default", which is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from sqlalchemy import Double, Index, Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.availability_zone import host_zones
from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import CELLS, SourceQuery, SourceTables


class Hypervisor(Tracked, Reporting):
    """Hypervisors (compute nodes) of every cell"""

    __tablename__ = "hypervisor"
    __table_args__ = (
        Index("ix_hypervisor_hostname", "hostname"),
        Index("ix_hypervisor_ip_address", "ip_address"),
        Index("ix_hypervisor_last_seen", "last_seen"),
        Index("ix_hypervisor_service_host", "service_host"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Id within its cell")
    cell_name: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Cell whose database holds it")
    availability_zone: Mapped[str | None] = mapped_column(comment="Availability zone of its host")
    host: Mapped[str | None] = mapped_column(comment="First label of its host name")
    hostname: Mapped[str | None] = mapped_column(comment="Host name in full (instance.hypervisor)")
    ip_address: Mapped[str | None] = mapped_column(ident(39), comment="Address of the host")
    cpus: Mapped[int | None] = mapped_column(comment="CPUs")
    memory: Mapped[int | None] = mapped_column(comment="Memory, MB")
    local_storage: Mapped[int | None] = mapped_column(comment="Local disk, GB")
    last_seen: Mapped[datetime | None] = mapped_column(comment="Last cycle that saw it, UTC")
    uuid: Mapped[str | None] = mapped_column(ident(36), comment="UUID; that of its resource provider in placement")
    service_host: Mapped[str | None] = mapped_column(comment="Compute service host (instance.host)")
    type: Mapped[str | None] = mapped_column(comment="Hypervisor type, such as QEMU")
    version: Mapped[int | None] = mapped_column(comment="Hypervisor version number")
    cpus_used: Mapped[int | None] = mapped_column(comment="Virtual CPUs of its instances")
    memory_used: Mapped[int | None] = mapped_column(comment="Memory of its instances and of the host, MB")
    local_storage_used: Mapped[int | None] = mapped_column(comment="Local disk of its instances, GB")
    running_vms: Mapped[int | None] = mapped_column(comment="Instances on it")
    cpu_allocation_ratio: Mapped[float | None] = mapped_column(
        Double, comment="Overcommit of CPUs; NULL nova's default"
    )
    ram_allocation_ratio: Mapped[float | None] = mapped_column(
        Double, comment="Overcommit of memory; NULL nova's default"
    )
    disk_allocation_ratio: Mapped[float | None] = mapped_column(
        Double, comment="Overcommit of disk; NULL nova's default"
    )
    disabled: Mapped[bool | None] = mapped_column(comment="Its service takes no new instances")
    disabled_reason: Mapped[str | None] = mapped_column(comment="Why it takes none")
    forced_down: Mapped[bool | None] = mapped_column(comment="Its service was declared down")
    created: Mapped[datetime | None] = mapped_column(comment="First known to nova, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


_READ = (
    "id",
    "hostname",
    "ip_address",
    "cpus",
    "memory",
    "local_storage",
    "uuid",
    "service_host",
    "type",
    "version",
    "cpus_used",
    "memory_used",
    "local_storage_used",
    "running_vms",
    "cpu_allocation_ratio",
    "ram_allocation_ratio",
    "disk_allocation_ratio",
    "created",
    "deleted",
    "active",
)
_SIZES = ("cpus", "memory", "local_storage")
_USED = ("cpus_used", "memory_used", "local_storage_used", "running_vms")
_FOUND = ("availability_zone", "host", "disabled", "disabled_reason", "forced_down")


def _nodes(tables: SourceTables) -> Select[Any]:
    n = tables["compute_nodes"]
    gone = func.coalesce(n.deleted, 0) != 0
    return select(
        n.id,
        n.hypervisor_hostname.label("hostname"),
        n.host_ip.label("ip_address"),
        n.vcpus.label("cpus"),
        n.memory_mb.label("memory"),
        n.local_gb.label("local_storage"),
        n.uuid,
        n.host.label("service_host"),
        n.hypervisor_type.label("type"),
        n.hypervisor_version.label("version"),
        n.vcpus_used.label("cpus_used"),
        n.memory_mb_used.label("memory_used"),
        n.local_gb_used.label("local_storage_used"),
        n.running_vms,
        func.nullif(n.cpu_allocation_ratio, 0).label("cpu_allocation_ratio"),
        func.nullif(n.ram_allocation_ratio, 0).label("ram_allocation_ratio"),
        func.nullif(n.disk_allocation_ratio, 0).label("disk_allocation_ratio"),
        n.created_at.label("created"),
        case((gone, func.coalesce(n.deleted_at, n.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


def _compute_services(tables: SourceTables) -> Select[Any]:
    s = tables["services"]
    return select(
        s.host,
        func.coalesce(s.disabled, 0).label("disabled"),
        s.disabled_reason,
        func.coalesce(s.forced_down, 0).label("forced_down"),
    ).where(s.binary == "nova-compute", func.coalesce(s.deleted, 0) == 0)


def _complete(inputs: Inputs) -> Iterator[Row]:
    zones = {row.host: row.zone for row in inputs["zones"]}
    services = {row.host: row for row in inputs["services"]}
    default = inputs.settings.default_availability_zone
    for node in inputs["nodes"]:
        service = services.get(node.service_host) if node.active else None
        yield (
            *node,
            zones.get(node.service_host) or default,
            first_label(node.hostname or node.service_host),
            *((service.disabled, service.disabled_reason, service.forced_down) if service else (None, None, None)),
        )


def first_label(name: object) -> object:
    """The name up to its first dot; an address has no labels, and what is no text stays for the checks to judge."""
    if not isinstance(name, str):
        return name
    try:
        return str(ip_address(name))
    except ValueError:
        return name.partition(".")[0]


ENTITY = Entity(
    table=Hypervisor,
    after=("availability_zone", "cell"),
    source=Whole(
        inputs={
            "nodes": SourceQuery(CELLS, _nodes),
            "services": SourceQuery(CELLS, _compute_services),
            "zones": SourceQuery("nova_api", host_zones),
        },
        rows=_complete,
        columns=(*_READ, *_FOUND),
    ),
    history=(
        "availability_zone",
        "host",
        "hostname",
        "service_host",
        *_SIZES,
        "cpu_allocation_ratio",
        "ram_allocation_ratio",
        "disk_allocation_ratio",
        "disabled",
        "forced_down",
        "created",
        "deleted",
        "active",
    ),
    derived=("last_seen",),
    minimum=dict.fromkeys((*_SIZES, *_USED), 0),
    seen="last_seen",
)
