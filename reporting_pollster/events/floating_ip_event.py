"""What neutron's notifications told of floating IPs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, ident
from reporting_pollster.events.base import Event, EventColumns, happened_index


class FloatingIPEvent(EventColumns, Reporting):
    """What notifications told of floating IPs, each at its time"""

    __tablename__ = "floating_ip_event"
    __table_args__ = happened_index("floating_ip_event")

    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project that owns it")
    address: Mapped[str | None] = mapped_column(String(64), comment="The address itself")
    port_id: Mapped[str | None] = mapped_column(ident(36), comment="Port it leads to; '' for none")
    created: Mapped[datetime | None] = mapped_column(comment="Allocation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Release, UTC")


EVENT = Event(FloatingIPEvent, "floating_ip", refers=frozenset({"port_id"}))
