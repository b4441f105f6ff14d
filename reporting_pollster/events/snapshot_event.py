"""What cinder's notifications told of snapshots."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, ident
from reporting_pollster.events.base import Event, EventColumns, happened_index


class SnapshotEvent(EventColumns, Reporting):
    """What notifications told of snapshots, each at its time"""

    __tablename__ = "snapshot_event"
    __table_args__ = happened_index("snapshot_event")

    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owns it")
    created_by: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    name: Mapped[str | None] = mapped_column(comment="Display name")
    volume_id: Mapped[str | None] = mapped_column(ident(36), comment="Volume it was taken of")
    size: Mapped[int | None] = mapped_column(comment="Size of the volume, GB")
    status: Mapped[str | None] = mapped_column(String(64), comment="cinder's status (available, error, …)")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


EVENT = Event(SnapshotEvent, "snapshot")
