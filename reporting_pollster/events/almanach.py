"""What clients of Almanach's API told of resources: facts like those that services tell.

They are kept as the API answers them, as entries, because each write changes those that are there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, big_id, document, ident, instant


class AlmanachEntity(Reporting):
    """Resources of which clients of Almanach's API told something; each write takes its row first"""

    __tablename__ = "almanach_entity"

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="UUID of the resource")
    kind: Mapped[str] = mapped_column(ident(16), comment="instance or volume")
    writes: Mapped[int] = mapped_column(BigInteger, comment="How many writes there were")


class AlmanachEntry(Reporting):
    """What clients of Almanach's API told of resources: entries, each with constant properties"""

    __tablename__ = "almanach_entry"
    __table_args__ = (
        Index("ix_almanach_entry_open", "region", "open_id", unique=True),
        Index("ix_almanach_entry_resource", "id", "region"),
        Index("ix_almanach_entry_project", "project_id", "ended"),
    )

    entry_id: Mapped[int] = mapped_column(big_id(), primary_key=True, autoincrement=True, comment="Counter")
    region: Mapped[str] = mapped_column(ident(64), comment="Region")
    kind: Mapped[str] = mapped_column(ident(16), comment="instance or volume")
    id: Mapped[str] = mapped_column(ident(36), comment="UUID of the resource")
    open_id: Mapped[str | None] = mapped_column(
        ident(36), comment="The same while it goes on, so that there is only one such entry; empty when it ended"
    )
    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owned it")
    started: Mapped[datetime] = mapped_column(instant(), comment="Start, UTC")
    ended: Mapped[datetime | None] = mapped_column(instant(), comment="End, UTC; empty: it goes on")
    last_event: Mapped[datetime] = mapped_column(instant(), comment="Date of the last event that changed it, UTC")
    processed: Mapped[datetime] = mapped_column(instant(), comment="When it was written, UTC")
    name: Mapped[str | None] = mapped_column(comment="Name")
    flavor: Mapped[str | None] = mapped_column(comment="Flavour name, of an instance")
    image_meta: Mapped[str] = mapped_column(document(), comment="JSON: properties of its image, of an instance")
    metadata_: Mapped[str] = mapped_column("metadata", document(), comment="JSON: metadata, of an instance")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID, of a volume")
    volume_type_name: Mapped[str | None] = mapped_column(comment="Its name when the entry was written")
    size: Mapped[int | None] = mapped_column(comment="Size of a volume, GB")
    attached_to: Mapped[str] = mapped_column(document(), comment="JSON: UUIDs of the instances of a volume")
