"""How far the reporting database's knowledge goes: when sources were last read, and which days are added up.

Each kind of resource is known until the one of its sources was read that was not read for longest. A cell that is no
longer configured would hold that back for ever; but days whose use is added up are known to their end, and only
sources that still are configured decide about those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from reporting_pollster.store.tables import Derivation, SyncState

_DAY = timedelta(days=1)


class Knowledge:
    """What is known of some tables of a region.

    `read_until` is when the table was read that was not read for longest, but for those in `late`: what was last read a
    day or more before another is told apart, and does not hold the others back. None when none was ever read.
    `added_up_to` is the last day of usage_day, by kind of resource. `known_at` is when periods last changed.
    """

    def __init__(self, connection: Connection, region: str, tables: tuple[str, ...]) -> None:
        days = select(Derivation.resource, Derivation.used_to).where(Derivation.region == region)
        self.added_up_to: Mapping[str, date] = {
            resource: day for resource, day in connection.execute(days) if day is not None
        }
        changed = select(func.max(Derivation.known_at)).where(Derivation.region == region)
        self.known_at: datetime | None = connection.execute(changed).scalar()
        seen = (
            select(SyncState.table_name, func.min(SyncState.seen_at))
            .where(SyncState.region == region, SyncState.table_name.in_(tables), SyncState.seen_at.is_not(None))
            .group_by(SyncState.table_name)
        )
        read: dict[str, datetime] = {table: at for table, at in connection.execute(seen) if at is not None}
        self.until: Mapping[str, datetime] = {
            table: max(at, self._end_of_days(table) or at) for table, at in read.items()
        }
        latest = max(self.until.values(), default=None)
        self.late = {table: at for table, at in sorted(self.until.items()) if latest and at <= latest - _DAY}
        self.read_until = min((at for table, at in self.until.items() if table not in self.late), default=None)

    def _end_of_days(self, kind: str) -> datetime | None:
        day = self.added_up_to.get(kind)
        return None if day is None else datetime.combine(day, time()) + _DAY
