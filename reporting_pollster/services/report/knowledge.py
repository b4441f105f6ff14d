"""How far the reporting database's knowledge goes: when sources were last read, and which days are added up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from reporting_pollster.store.tables import Derivation, SyncState


class Knowledge:
    """What is known of some tables of a region.

    `read_until` is when the one of their sources was read that was not read for longest; None when none ever was.
    """

    def __init__(self, connection: Connection, region: str, tables: tuple[str, ...]) -> None:
        seen = select(func.min(SyncState.seen_at)).where(SyncState.region == region, SyncState.table_name.in_(tables))
        self.read_until: datetime | None = connection.execute(seen).scalar()
        days = select(Derivation.resource, Derivation.used_to).where(Derivation.region == region)
        self.added_up_to: Mapping[str, date] = {
            resource: day for resource, day in connection.execute(days) if day is not None
        }
