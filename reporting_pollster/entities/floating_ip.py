"""Floating IP addresses of neutron.

Traps: neutron deletes outright, its times are in a table of their own, and the instance behind an address is known to
the port alone. An address without a port is reserved, and usually paid for all the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, case, func, literal, null, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined


class FloatingIP(Tracked, Reporting):
    """Floating IP addresses, one row each, kept after neutron has forgotten them"""

    __tablename__ = "floating_ip"

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Floating IP UUID")
    project_id: Mapped[str | None] = mapped_column(
        ident(), index=True, comment="Project that owns it; empty when neutron does"
    )
    address: Mapped[str | None] = mapped_column(String(64), index=True, comment="The address itself")
    network_id: Mapped[str | None] = mapped_column(ident(36), comment="External network it is of (network.id)")
    port_id: Mapped[str | None] = mapped_column(ident(36), comment="Port it leads to; empty when not in use")
    fixed_ip: Mapped[str | None] = mapped_column(String(64), comment="Address of that port that it leads to")
    instance_id: Mapped[str | None] = mapped_column(
        ident(36), index=True, comment="Instance that has that port (instance.id)"
    )
    router_id: Mapped[str | None] = mapped_column(ident(36), comment="Router that translates it")
    status: Mapped[str | None] = mapped_column(comment="neutron status (ACTIVE, DOWN, ERROR)")
    created: Mapped[datetime | None] = mapped_column(comment="Allocation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in neutron, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Latest possible time of its release, UTC")


def _floating_ips(tables: SourceTables) -> Select[Any]:
    f, port, times = tables["floatingips"], tables["ports"], tables["standardattributes"]
    return select(
        f.id,
        func.nullif(f.project_id, "").label("project_id"),
        f.floating_ip_address.label("address"),
        f.floating_network_id.label("network_id"),
        f.fixed_port_id.label("port_id"),
        f.fixed_ip_address.label("fixed_ip"),
        case((port.device_owner.startswith("compute:"), port.device_id)).label("instance_id"),
        f.router_id,
        f.status,
        times.created_at.label("created"),
        times.updated_at.label("updated"),
        null().label("deleted"),
        literal(1).label("active"),
    ).select_from(
        joined(f.clause, (port.clause, port.id == f.fixed_port_id), (times.clause, times.id == f.standard_attr_id))
    )


ENTITY = Entity(
    table=FloatingIP,
    after=("network",),
    source=Whole(inputs={"floating_ips": SourceQuery("neutron", _floating_ips, optional=True)}),
    history=("project_id", "address", "network_id", "port_id", "instance_id", "status", "created", "deleted", "active"),
    kept=("updated",),
)
