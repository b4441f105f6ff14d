"""What cinder's notifications told of volumes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, document, ident
from reporting_pollster.events.base import Event, EventColumns, happened_index


class VolumeEvent(EventColumns, Reporting):
    """What notifications told of volumes, each at its time"""

    __tablename__ = "volume_event"
    __table_args__ = happened_index("volume_event")

    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owns it")
    created_by: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    name: Mapped[str | None] = mapped_column(comment="Display name")
    size: Mapped[int | None] = mapped_column(comment="Size, GB")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID; '' for none")
    status: Mapped[str | None] = mapped_column(String(64), comment="cinder's status (available, in-use, …)")
    availability_zone: Mapped[str | None] = mapped_column(String(255), comment="Availability zone; '' for none")
    attached_to: Mapped[str | None] = mapped_column(document(), comment="JSON: UUIDs of its instances")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    launched: Mapped[datetime | None] = mapped_column(comment="When it was first available, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


EVENT = Event(
    VolumeEvent,
    "volume",
    refers=frozenset({"volume_type", "availability_zone"}),
    documents=frozenset({"attached_to"}),
)
