"""Which compute hosts are in which aggregate.

Traps: a membership is deleted outright and may come back under another id of its own, so the key is what it says:
the aggregate and the host. The name is that of the compute service's host, in full.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, and_, func, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.availability_zone import ZONE_KEY
from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined


class AggregateHost(Tracked, Reporting):
    """Members of host aggregates"""

    __tablename__ = "aggregate_host"
    __table_args__ = (Index("ix_aggregate_host_last_seen", "last_seen"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Aggregate id (aggregate.id)")
    host: Mapped[str] = mapped_column(ident(255), primary_key=True, comment="Compute service host")
    availability_zone: Mapped[str] = mapped_column(ident(255), comment="Zone of the aggregate; empty when it has none")
    added: Mapped[datetime | None] = mapped_column(comment="Put into the aggregate, UTC")
    last_seen: Mapped[datetime | None] = mapped_column(comment="Last cycle that saw it, UTC")


def _members(tables: SourceTables) -> Select[Any]:
    hosts, meta = tables["aggregate_hosts"], tables["aggregate_metadata"]
    zone = and_(meta.aggregate_id == hosts.aggregate_id, meta.key == ZONE_KEY)
    return select(
        hosts.aggregate_id.label("id"),
        hosts.host,
        func.coalesce(meta.value, "").label("availability_zone"),
        hosts.created_at.label("added"),
        literal(1).label("active"),
    ).select_from(joined(hosts.clause, (meta.clause, zone)))


ENTITY = Entity(
    table=AggregateHost,
    after=("aggregate",),
    source=Whole({"members": SourceQuery("nova_api", _members)}),
    history=("availability_zone", "added", "active"),
    derived=("last_seen",),
    seen="last_seen",
)
