"""What an event is: what one notification told of one resource at an instant, as a row of its own.

The notification itself is forgotten after a while; these rows stay, because periods follow from them. An empty column
was not told: a notification seldom tells everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, ident


class EventColumns:
    """Columns that every table of events has besides its own."""

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, sort_order=-20, comment="Region")
    id: Mapped[str] = mapped_column(ident(36), primary_key=True, sort_order=-19, comment="UUID of the resource")
    message_id: Mapped[str] = mapped_column(
        ident(64), primary_key=True, sort_order=-18, comment="Notification that told it"
    )
    happened: Mapped[datetime] = mapped_column(sort_order=-17, comment="When it happened, UTC")
    event: Mapped[str] = mapped_column(String(64), sort_order=-16, comment="What happened (create, resize, …)")
    exact: Mapped[str] = mapped_column(
        String(255), sort_order=-15, comment="Columns that changed at this very instant, joined by commas"
    )
    known_from: Mapped[datetime] = mapped_column(sort_order=900, comment="When we came to know it, UTC")


@dataclass(frozen=True)
class Event:
    """The events of one kind of resource.

    `columns` are those that a notification may tell. Of `documents` the value is kept as JSON. That there is none of
    what `refers` name (a host, a port) may be told as well: '' says so, while an empty column was not told.
    """

    table: type[Reporting]
    resource: str
    refers: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()

    @property
    def target(self) -> Table:
        assert isinstance(self.table.__table__, Table)
        return self.table.__table__

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.target.columns if column.name not in _COMMON)


_COMMON = frozenset({"region", "id", "message_id", "happened", "event", "exact", "known_from"})


def happened_index(table: str) -> tuple[Index, ...]:
    """What happened lately, whatever it concerns."""
    return (Index(f"ix_{table}_happened", "happened"),)
