"""Snapshots of volumes. Found like volumes: by walking the primary key and by counting the living of each project."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Living, Paged, Reporting, Tracked, ident
from reporting_pollster.entities.source import SourceTables


class Snapshot(Tracked, Reporting):
    """Volume snapshots, one row each, kept after cinder has forgotten them"""

    __tablename__ = "snapshot"
    __table_args__ = (Index("ix_snapshot_active_project_id", "active", "project_id"),)

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Snapshot UUID")
    volume_id: Mapped[str | None] = mapped_column(ident(36), index=True, comment="Volume it shows (volume.id)")
    project_id: Mapped[str | None] = mapped_column(ident(), index=True, comment="Project that owns it")
    user_id: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    display_name: Mapped[str | None] = mapped_column(comment="Display name")
    size: Mapped[int | None] = mapped_column(comment="Size of the volume when it was taken, GB")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID (volume_type.id)")
    status: Mapped[str | None] = mapped_column(comment="cinder status (available, error, …)")
    temporary: Mapped[bool | None] = mapped_column(comment="Internal: outside of all quotas")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in cinder, UTC; empty until the first")
    deleted: Mapped[datetime | None] = mapped_column(
        comment="Deletion, UTC; for vanished rows the latest possible time"
    )


def _snapshots(tables: SourceTables) -> Select[Any]:
    s = tables["snapshots"]
    gone = func.coalesce(s.deleted, 0) != 0
    return select(
        s.id,
        s.volume_id,
        s.project_id,
        s.user_id,
        s.display_name,
        s.volume_size.label("size"),
        s.volume_type_id.label("volume_type"),
        s.status,
        case((s.maybe("use_quota") == 0, 1), else_=0).label("temporary"),
        s.created_at.label("created"),
        s.updated_at.label("updated"),
        case((gone, func.coalesce(s.deleted_at, s.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


ENTITY = Entity(
    table=Snapshot,
    after=("volume",),
    source=Paged(
        database="cinder",
        table="snapshots",
        select=_snapshots,
        living=Living(group="project_id", our_group="project_id"),
    ),
    history=("volume_id", "project_id", "size", "volume_type", "status", "temporary", "created", "deleted", "active"),
    kept=("updated",),
    minimum={"size": 0},
)
