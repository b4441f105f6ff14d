"""What collectors have done: counts that go on over restarts, so that a monitor sees them grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from reporting_pollster.store.engine import utc_now, with_retries
from reporting_pollster.store.tables import CollectorState

COUNTS = ("received", "applied", "ignored", "unknown", "parked", "duplicates")


@dataclass(frozen=True)
class Progress:
    """What a collector did since it last told."""

    counts: Mapping[str, int]
    last_message: datetime | None = None
    behind: int | None = None


def tell(engine: Engine, region: str, host: str, progress: Progress, *, started: bool = False) -> None:
    """Add to the counts of a host; `started` says that its collector has just begun."""

    def work(connection: Connection) -> None:
        now = utc_now(connection)
        table = CollectorState.__table__
        mine = (table.c.region == region, table.c.host == host)
        row = connection.execute(select(table).where(*mine).with_for_update()).mappings().first()
        counts = {name: progress.counts.get(name, 0) + (row[name] if row else 0) for name in COUNTS}
        values: dict[str, object] = {**counts, "seen": now}
        if started or row is None:
            values["started"] = now
        if progress.last_message is not None:
            values |= {"last_message": progress.last_message, "behind": progress.behind}
        if row is None:
            connection.execute(insert(CollectorState).values(region=region, host=host, **values))
        else:
            connection.execute(update(CollectorState).where(*mine).values(values))

    with_retries(engine, work)


def collectors(connection: Connection, region: str) -> list[RowMapping]:
    """All hosts on which there was a collector."""
    query = select(CollectorState.__table__).where(CollectorState.region == region).order_by(CollectorState.host)
    return list(connection.execute(query).mappings())
