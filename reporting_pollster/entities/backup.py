"""Backups of volumes, which outlive them. Found like volumes: by the primary key and by counts of the living.

Trap: an imported backup has a volume of zeros only, which is none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Living, Paged, Reporting, Tracked, ident
from reporting_pollster.entities.source import SourceTables

_NO_VOLUME = "00000000-0000-0000-0000-000000000000"


class Backup(Tracked, Reporting):
    """Volume backups, one row each, kept after cinder has forgotten them"""

    __tablename__ = "backup"
    __table_args__ = (Index("ix_backup_active_project_id", "active", "project_id"),)

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Backup UUID")
    volume_id: Mapped[str | None] = mapped_column(
        ident(36), index=True, comment="Volume it was made of, perhaps gone; empty when it was imported"
    )
    project_id: Mapped[str | None] = mapped_column(ident(), index=True, comment="Project that owns it")
    user_id: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    display_name: Mapped[str | None] = mapped_column(comment="Display name")
    size: Mapped[int | None] = mapped_column(comment="Size of the volume, GB; an increment may take less")
    object_count: Mapped[int | None] = mapped_column(comment="Number of stored objects")
    parent_id: Mapped[str | None] = mapped_column(ident(36), comment="Backup that this one is an increment of")
    snapshot_id: Mapped[str | None] = mapped_column(ident(36), comment="Snapshot it was made of")
    status: Mapped[str | None] = mapped_column(comment="cinder status (available, creating, error, …)")
    container: Mapped[str | None] = mapped_column(comment="Container that holds its objects")
    availability_zone: Mapped[str | None] = mapped_column(comment="Availability zone of the backup service")
    host: Mapped[str | None] = mapped_column(comment="Host of the backup service")
    data_timestamp: Mapped[datetime | None] = mapped_column(comment="Instant whose data it holds, UTC")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in cinder, UTC; empty until the first")
    deleted: Mapped[datetime | None] = mapped_column(
        comment="Deletion, UTC; for vanished rows the latest possible time"
    )


def _backups(tables: SourceTables) -> Select[Any]:
    b = tables["backups"]
    gone = func.coalesce(b.deleted, 0) != 0
    return select(
        b.id,
        func.nullif(b.volume_id, _NO_VOLUME).label("volume_id"),
        b.project_id,
        b.user_id,
        b.display_name,
        b.size,
        b.object_count,
        b.parent_id,
        b.snapshot_id,
        b.status,
        b.container,
        b.availability_zone,
        b.host,
        b.data_timestamp,
        b.created_at.label("created"),
        b.updated_at.label("updated"),
        case((gone, func.coalesce(b.deleted_at, b.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


ENTITY = Entity(
    table=Backup,
    after=("volume",),
    source=Paged(
        database="cinder",
        table="backups",
        select=_backups,
        living=Living(group="project_id", our_group="project_id"),
    ),
    history=("volume_id", "project_id", "size", "parent_id", "status", "created", "deleted", "active"),
    kept=("updated",),
    minimum={"size": 0, "object_count": 0},
)
