"""What nova's notifications told of instances."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, document, ident
from reporting_pollster.events.base import Event, EventColumns, happened_index


class InstanceEvent(EventColumns, Reporting):
    """What notifications told of instances, each at its time"""

    __tablename__ = "instance_event"
    __table_args__ = happened_index("instance_event")

    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owns it")
    created_by: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    name: Mapped[str | None] = mapped_column(comment="Display name")
    flavour: Mapped[int | None] = mapped_column(comment="Internal flavour id (flavour.id)")
    flavour_uuid: Mapped[str | None] = mapped_column(ident(255), comment="Flavour id that users see (flavorid)")
    flavour_name: Mapped[str | None] = mapped_column(comment="Flavour name")
    vcpus: Mapped[int | None] = mapped_column(comment="Virtual CPUs")
    memory: Mapped[int | None] = mapped_column(comment="Memory, MB")
    root: Mapped[int | None] = mapped_column(comment="Root disk, GB")
    ephemeral: Mapped[int | None] = mapped_column(comment="Ephemeral disk, GB")
    vm_state: Mapped[str | None] = mapped_column(String(64), comment="nova's vm_state (active, stopped, …)")
    host: Mapped[str | None] = mapped_column(String(255), comment="Compute service host; '' for none")
    availability_zone: Mapped[str | None] = mapped_column(String(255), comment="Availability zone; '' for none")
    image: Mapped[str | None] = mapped_column(ident(36), comment="Image it was made of (image.id)")
    image_meta: Mapped[str | None] = mapped_column(document(), comment="JSON: properties of the image")
    metadata_: Mapped[str | None] = mapped_column("metadata", document(), comment="JSON: what its owner says of it")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    launched: Mapped[datetime | None] = mapped_column(comment="Last launch, UTC")
    terminated: Mapped[datetime | None] = mapped_column(comment="Termination, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


EVENT = Event(
    InstanceEvent,
    "instance",
    refers=frozenset({"host", "availability_zone"}),
    documents=frozenset({"image_meta", "metadata"}),
)
