"""How fresh each source of each table is, and what is wrong with those that are not.

Nothing here looks at the reporting tables themselves, which may be large: their counts are kept in `metadata`. The
clock is the reporting database's, as it was when a source was last read with success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.entities import catalogue
from reporting_pollster.services.sync.context import Origin
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.collector import COUNTS, collectors
from reporting_pollster.store.engine import reading, utc_now
from reporting_pollster.store.lease import holder_of
from reporting_pollster.store.quarantine import count_open
from reporting_pollster.store.scope import scopes
from reporting_pollster.store.state import Progress
from reporting_pollster.store.tables import SyncRun, SyncState, TableMetadata

_RECENT_RUNS = 20_000  # the last run of each source is among these, unless it has not been read for very long
_LABELS = ("started", "seconds", "outcome", "rows_read", "rows_new", "rows_changed", "rows_gone", "rows_bad")

Name = tuple[str, str]  # table and source


@dataclass(frozen=True)
class LastRun:
    """The last time that a source was read, or should have been."""

    started: datetime
    seconds: float
    outcome: str
    read: int
    new: int
    changed: int
    gone: int
    bad: int


@dataclass(frozen=True)
class SourceStatus:
    """One source of one table.

    `rows` are those of the whole table. `failed` says that the last attempt did, or was refused. `walk` is the key
    that the rolling walk has reached, None at its beginning.
    A source that is not configured, any longer or at all, is never stale.
    """

    table: str
    source: str
    configured: bool
    rows: int | None = None
    loaded: bool = False
    succeeded_at: datetime | None = None
    behind_seconds: int | None = None
    last_run: LastRun | None = None
    quarantined: int = 0
    stale: bool = False
    failed: bool = False
    problem: str | None = None
    walk: str | None = None
    swept_at: datetime | None = None


@dataclass(frozen=True)
class CollectorStatus:
    """A collector of notifications: when it last gave a sign of life, and what it has done since its first start.

    `behind_seconds` is how long its last message was under way.
    """

    host: str
    seen_at: datetime
    last_message_at: datetime | None
    behind_seconds: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Status:
    """All sources of a region, at a time of the reporting database's clock, and who is writing to it."""

    now: datetime
    sources: tuple[SourceStatus, ...]
    writer: str | None = None
    writer_until: datetime | None = None
    collectors: tuple[CollectorStatus, ...] = ()

    @property
    def is_stale(self) -> bool:
        return any(source.stale for source in self.sources)

    def by_table(self) -> Status:
        """The same for people whom cells, hosts and the size of the cloud do not concern: the stalest of each table."""
        stalest: dict[str, SourceStatus] = {}
        for source in self.sources:
            known = stalest.setdefault(source.table, source)
            if source.configured and (not known.configured or _age(source) > _age(known)):
                stalest[source.table] = source
        return Status(self.now, tuple(_without_inside(source) for source in stalest.values()))


def status(cloud: Cloud, engine: Engine, settings: SyncSettings) -> Status:
    """What the reporting database says of itself; no source is asked."""
    with reading(engine) as connection:
        return _Look(cloud, connection, settings).status()


def _age(source: SourceStatus) -> tuple[bool, bool, int]:
    return source.stale, source.behind_seconds is None, source.behind_seconds or 0


def _without_inside(source: SourceStatus) -> SourceStatus:
    return SourceStatus(
        table=source.table,
        source="",
        configured=source.configured,
        loaded=source.loaded,
        succeeded_at=source.succeeded_at,
        behind_seconds=source.behind_seconds,
        stale=source.stale,
        failed=source.failed,
    )


class _Look:
    def __init__(self, cloud: Cloud, connection: Connection, settings: SyncSettings) -> None:
        self._cloud, self._connection, self._settings = cloud, connection, settings
        self._now = utc_now(connection)
        self._states = self._by_name(select(SyncState).where(SyncState.region == cloud.region))
        self._runs = self._by_name(self._last_runs())
        self._rows = dict(self._pairs())
        self._quarantined = count_open(connection, cloud.region)

    def status(self) -> Status:
        writer = holder_of(self._connection)
        holder, until = writer if writer is not None else (None, None)
        return Status(self._now, tuple(self._sources()), holder, until, tuple(self._collectors()))

    def _collectors(self) -> Iterator[CollectorStatus]:
        for row in collectors(self._connection, self._cloud.region):
            counts = {name: int(row[name]) for name in COUNTS}
            yield CollectorStatus(row["host"], row["seen"], row["last_message"], row["behind"], counts)

    def _sources(self) -> Iterator[SourceStatus]:
        """Those that are configured, in the order of a sync, then those that once were."""
        configured = dict(self._configured())
        for name, is_configured in configured.items():
            yield self._source(name, is_configured)
        for name in sorted(self._states.keys() - configured.keys()):
            yield self._source(name, False)

    def _configured(self) -> Iterator[tuple[Name, bool]]:
        for entity in catalogue().values():
            for scope in scopes(entity, self._cloud.region, tuple(self._cloud.cells)):
                origin = Origin(entity, scope, self._cloud, self._settings)
                yield (entity.name, scope.source), origin.is_configured

    def _source(self, name: Name, configured: bool) -> SourceStatus:
        table, source = name
        state, run = self._states.get(name), self._runs.get(name)
        succeeded_at = state["succeeded_at"] if state else None
        behind = None if succeeded_at is None else max(0, int((self._now - succeeded_at).total_seconds()))
        problem = self._problem(state, behind) if configured else None
        return SourceStatus(
            table=table,
            source=source,
            configured=configured,
            rows=self._rows.get(table),
            loaded=bool(state and state["loaded"]),
            succeeded_at=succeeded_at,
            behind_seconds=behind,
            last_run=LastRun(*(run[label] for label in _LABELS)) if run else None,
            quarantined=self._quarantined.get(name, 0),
            stale=problem is not None,
            failed=configured and _has_failed(state),
            problem=problem,
            walk=_walk(Progress.of(state["cursors"])) if state else None,
            swept_at=state["swept_at"] if state else None,
        )

    def _problem(self, state: Mapping[str, Any] | None, behind: int | None) -> str | None:
        """Why a source is stale, None when it is not."""
        if state is not None and _has_failed(state):
            return str(state["problem"] or "the last attempt failed")
        if behind is None:
            return "never read"
        if behind > self._settings.stale_after_seconds:
            return f"not read for {behind} s, longer than stale_after_seconds allows"
        return None

    def _last_runs(self) -> Any:
        newest = select(func.max(SyncRun.id)).scalar_subquery()
        last = (
            select(func.max(SyncRun.id))
            .where(SyncRun.id > newest - _RECENT_RUNS, SyncRun.region == self._cloud.region)
            .group_by(SyncRun.table_name, SyncRun.source)
        )
        ids = list(self._connection.execute(last).scalars())
        return select(SyncRun).where(SyncRun.id.in_(ids))

    def _by_name(self, query: Any) -> dict[Name, Mapping[str, Any]]:
        rows = self._connection.execute(query).mappings()
        return {(row["table_name"], row["source"]): dict(row) for row in rows}

    def _pairs(self) -> Iterator[tuple[str, int]]:
        for row in self._connection.execute(select(TableMetadata.table_name, TableMetadata.row_count)):
            yield row.table_name, row.row_count


def _has_failed(state: Mapping[str, Any] | None) -> bool:
    return state is not None and state["failed_at"] is not None


def _walk(progress: Progress) -> str | None:
    if progress.walk is None and not progress.walk_shadow:
        return None
    return f"{'archived ' if progress.walk_shadow else ''}{'' if progress.walk is None else progress.walk}".strip()
