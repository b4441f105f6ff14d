"""Networks of neutron.

Traps: neutron deletes outright, and its times are in a table of their own. Rows that neutron makes for itself have an
empty project. Being external and being shared are rows elsewhere; sharing with single projects is not told here.
Until 2021 the column that says with whom was called target_tenant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, null, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined


class Network(Tracked, Reporting):
    """Networks, one row each, kept after neutron has forgotten them"""

    __tablename__ = "network"

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Network UUID")
    project_id: Mapped[str | None] = mapped_column(
        ident(), index=True, comment="Project that owns it; empty when neutron does"
    )
    name: Mapped[str | None] = mapped_column(comment="Name")
    status: Mapped[str | None] = mapped_column(comment="neutron status (ACTIVE, DOWN, …)")
    admin_state_up: Mapped[bool | None] = mapped_column(comment="Switched on by its owner")
    external: Mapped[bool | None] = mapped_column(comment="Leads out of the cloud: floating IPs come from it")
    shared: Mapped[bool | None] = mapped_column(comment="Usable by every project")
    mtu: Mapped[int | None] = mapped_column(comment="Largest packet, bytes")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in neutron, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Latest possible time of its deletion, UTC")


def _networks(tables: SourceTables) -> Select[Any]:
    n, external, times = tables["networks"], tables["externalnetworks"], tables["standardattributes"]
    return select(
        n.id,
        func.nullif(n.project_id, "").label("project_id"),
        n.name,
        n.status,
        n.admin_state_up,
        case((external.network_id.is_not(None), 1), else_=0).label("external"),
        case((_shared(tables, n.id), 1), else_=0).label("shared"),
        n.mtu,
        times.created_at.label("created"),
        times.updated_at.label("updated"),
        null().label("deleted"),
        literal(1).label("active"),
    ).select_from(
        joined(
            n.clause,
            (external.clause, external.network_id == n.id),
            (times.clause, times.id == n.standard_attr_id),
        )
    )


def _shared(tables: SourceTables, network_id: ColumnElement[Any]) -> ColumnElement[bool]:
    rule = tables["networkrbacs"]
    target = rule.target_project if rule.has("target_project") else rule.target_tenant
    return exists().where(rule.object_id == network_id, rule.action == "access_as_shared", target == "*")


def _some_ids(tables: SourceTables) -> Select[Any]:
    n = tables["networks"]
    return select(n.id).order_by(n.id).limit(500)


ENTITY = Entity(
    table=Network,
    after=("project",),
    source=Whole(inputs={"networks": SourceQuery("neutron", _networks, optional=True)}),
    history=("project_id", "status", "external", "shared", "created", "deleted", "active"),
    identity=SourceQuery("neutron", _some_ids, optional=True),
)
