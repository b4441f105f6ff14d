"""Signs of life, for monitoring: read from the reporting database alone, cheaply enough to be asked every few seconds.

The API may run where no source is configured. Then every source counts that was ever read; where sources are
configured only those do, so that a cell which is gone for good is no alarm for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.entities import catalogue
from reporting_pollster.services.sync.context import Origin
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.engine import reading, utc_now
from reporting_pollster.store.scope import scopes
from reporting_pollster.store.tables import (
    CollectorState,
    NotedHint,
    PeriodDue,
    Quarantine,
    StoredNotification,
    SyncRun,
    SyncState,
    TableMetadata,
    UsageDue,
)

_DAY = timedelta(days=1)
Source = tuple[str, str]  # table and source


@dataclass(frozen=True)
class Health:
    """Whether what we tell is fresh; `stale` are tables, in alphabetical order."""

    stale: tuple[str, ...]
    is_empty: bool

    @property
    def is_good(self) -> bool:
        return not self.stale and not self.is_empty


@dataclass(frozen=True)
class SourceVitals:
    """One source of one table. `age_seconds` is None before the first success."""

    table: str
    source: str
    age_seconds: float | None
    stale: bool
    loaded: bool


@dataclass(frozen=True)
class CollectorVitals:
    """A collector of notifications, with what it counted since it was set up."""

    host: str
    seen_seconds: float
    behind_seconds: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Vitals:
    """All that is measured. `runs` are units of the last 24 hours by outcome; `waiting` is what is still to be done."""

    sources: tuple[SourceVitals, ...]
    rows: Mapping[str, int]
    cycle_seconds: float | None
    runs: Mapping[tuple[str, str, str], int]
    quarantined: Mapping[tuple[str, str, str], int]
    collectors: tuple[CollectorVitals, ...]
    parked: int
    waiting: Mapping[str, int]


def read_health(engine: Engine, cloud: Cloud, settings: SyncSettings) -> Health:
    """Whether any source that counts is stale."""
    with reading(engine) as connection:
        found = tuple(_sources(connection, cloud, settings))
    return Health(tuple(sorted({each.table for each in found if each.stale})), is_empty=not found)


def read_vitals(engine: Engine, cloud: Cloud, settings: SyncSettings) -> Vitals:
    """Everything that is measured, in one state of the database."""
    with reading(engine) as connection:
        now, region = utc_now(connection), cloud.region
        return Vitals(
            sources=tuple(_sources(connection, cloud, settings)),
            rows=dict(_rows(connection)),
            cycle_seconds=_cycle_seconds(connection, region),
            runs=_counts(connection, SyncRun, SyncRun.outcome, SyncRun.region == region, SyncRun.started > now - _DAY),
            quarantined=_counts(
                connection, Quarantine, Quarantine.action, Quarantine.region == region, Quarantine.resolved.is_(None)
            ),
            collectors=tuple(_collectors(connection, region, now)),
            parked=_count(connection, StoredNotification, region, StoredNotification.verdict == "parked"),
            waiting={
                "hints": _count(connection, NotedHint, region),
                "periods": _count(connection, PeriodDue, region),
                "usage_days": _count(connection, UsageDue, region),
            },
        )


def _sources(connection: Connection, cloud: Cloud, settings: SyncSettings) -> Iterator[SourceVitals]:
    now = utc_now(connection)
    states = {
        (row.table_name, row.source): row
        for row in connection.execute(
            select(
                SyncState.table_name, SyncState.source, SyncState.succeeded_at, SyncState.failed_at, SyncState.loaded
            ).where(SyncState.region == cloud.region)
        )
    }
    for table, source in _counting(cloud, settings) or sorted(states):
        state = states.get((table, source))
        age = None if state is None or state.succeeded_at is None else (now - state.succeeded_at).total_seconds()
        failed = state is not None and state.failed_at is not None
        stale = failed or age is None or age > settings.stale_after_seconds
        yield SourceVitals(table, source, age, stale, bool(state and state.loaded))


def _counting(cloud: Cloud, settings: SyncSettings) -> list[Source]:
    """The sources that are configured; none where no database is."""
    if not cloud.databases and not cloud.cells:
        return []
    return [
        (entity.name, scope.source)
        for entity in catalogue().values()
        for scope in scopes(entity, cloud.region, tuple(cloud.cells))
        if Origin(entity, scope, cloud, settings).is_configured
    ]


def _rows(connection: Connection) -> Iterator[tuple[str, int]]:
    for row in connection.execute(select(TableMetadata.table_name, TableMetadata.row_count)):
        yield row.table_name, row.row_count


def _cycle_seconds(connection: Connection, region: str) -> float | None:
    """From the start of the latest cycle to the end of its last unit so far."""
    begun = connection.execute(select(func.max(TableMetadata.last_update))).scalar()
    if begun is None:
        return None
    units = select(SyncRun.started, SyncRun.seconds).where(SyncRun.region == region, SyncRun.started >= begun)
    ends = [(row.started - begun).total_seconds() + row.seconds for row in connection.execute(units)]
    return max(ends, default=None)


def _counts(connection: Connection, of: Any, by: Any, *where: Any) -> dict[tuple[str, str, str], int]:
    columns = (of.table_name, of.source, by)
    rows = connection.execute(select(*columns, func.count()).where(*where).group_by(*columns))
    return {(table, source, kind): int(count) for table, source, kind, count in rows}


def _collectors(connection: Connection, region: str, now: datetime) -> Iterator[CollectorVitals]:
    names = ("received", "applied", "ignored", "unknown", "parked", "duplicates")
    for row in connection.execute(select(CollectorState.__table__).where(CollectorState.region == region)).mappings():
        seen = max(0.0, (now - row["seen"]).total_seconds())
        yield CollectorVitals(row["host"], seen, row["behind"], {name: int(row[name]) for name in names})


def _count(connection: Connection, of: Any, region: str, *where: Any) -> int:
    query = select(func.count()).select_from(of).where(of.region == region, *where)
    return int(connection.execute(query).scalar_one())
