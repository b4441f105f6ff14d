"""What glance's notifications told of images."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, ident
from reporting_pollster.events.base import Event, EventColumns, happened_index


class ImageEvent(EventColumns, Reporting):
    """What notifications told of images, each at its time"""

    __tablename__ = "image_event"
    __table_args__ = happened_index("image_event")

    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owns it")
    name: Mapped[str | None] = mapped_column(comment="Name")
    size: Mapped[int | None] = mapped_column(BigInteger, comment="Size of the data, bytes")
    status: Mapped[str | None] = mapped_column(String(64), comment="glance's status (queued, active, …)")
    visibility: Mapped[str | None] = mapped_column(String(16), comment="public, private, shared or community")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


EVENT = Event(ImageEvent, "image")
