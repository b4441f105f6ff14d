"""Nova's services, of every cell.

Traps: old rows have no uuid, and integer ids are unique within their cell only, so the key is both. A soft delete
sets `deleted` to the row's id and keeps updated_at; every heartbeat moves updated_at, which therefore tells nothing.
Cinder's services live in another database with other columns and are not among these.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import CELLS, SourceQuery, SourceTables


class Service(Tracked, Reporting):
    """Nova services (nova-compute, nova-conductor, …) of every cell"""

    __tablename__ = "service"
    __table_args__ = (Index("ix_service_host", "host"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Id within its cell")
    cell_name: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Cell whose database holds it")
    uuid: Mapped[str | None] = mapped_column(ident(36), comment="Service UUID")
    host: Mapped[str | None] = mapped_column(comment="Host it runs on")
    binary: Mapped[str | None] = mapped_column(comment="Program, such as nova-compute")
    topic: Mapped[str | None] = mapped_column(comment="Topic on the message bus")
    disabled: Mapped[bool] = mapped_column(comment="Switched off by an operator or by itself")
    disabled_reason: Mapped[str | None] = mapped_column(comment="Why it is switched off")
    forced_down: Mapped[bool] = mapped_column(comment="Declared down, whatever its heartbeat says")
    version: Mapped[int | None] = mapped_column(comment="Service version number")
    last_seen_up: Mapped[datetime | None] = mapped_column(comment="Last heartbeat, UTC")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


def _services(tables: SourceTables) -> Select[Any]:
    s = tables["services"]
    gone = func.coalesce(s.deleted, 0) != 0
    return select(
        s.id,
        s.maybe("uuid").label("uuid"),
        s.host,
        s.binary,
        s.topic,
        func.coalesce(s.disabled, 0).label("disabled"),
        s.disabled_reason,
        func.coalesce(s.forced_down, 0).label("forced_down"),
        s.version,
        s.last_seen_up,
        s.created_at.label("created"),
        case((gone, func.coalesce(s.deleted_at, s.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


def _uuids(tables: SourceTables) -> Select[Any]:
    s = tables["services"]
    return select(s.maybe("uuid")).order_by(s.id).limit(500)


ENTITY = Entity(
    table=Service,
    after=("cell",),
    source=Whole({"services": SourceQuery(CELLS, _services)}),
    history=(
        "uuid",
        "host",
        "binary",
        "disabled",
        "disabled_reason",
        "forced_down",
        "version",
        "created",
        "deleted",
        "active",
    ),
    may_empty=False,
    identity=SourceQuery(CELLS, _uuids),
    identity_column="uuid",
)
