"""What is remembered of each source between cycles, and the record of finished work."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from reporting_pollster.entities.base import Entity
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.tables import SyncRun, SyncState, TableMetadata


@dataclass(frozen=True)
class Progress:
    """Where the finders stand with one source; kept as JSON.

    `marks` are the highest times read per cursor (text, UTC). `trail` holds pairs of the source's clock and the
    highest ascending key known then. `walk` is the last key of the rolling walk, in the shadow tables when
    `walk_shadow`; it began at `walk_began`, and the last one that reached the end at `swept_from`: whatever the
    source had before that has been read (text, UTC). `load` is the same for an unfinished first load. `anchors` are
    keys that were read last, with the source's time of change, and `columns` the optional columns that the source
    lacked.
    """

    marks: dict[str, str] = field(default_factory=dict)
    trail: list[tuple[str, int]] = field(default_factory=list)
    walk: Any = None
    walk_shadow: bool = False
    walk_began: str | None = None
    swept_from: str | None = None
    load: Any = None
    load_shadow: bool = False
    staged: bool = False
    anchors: list[tuple[Any, str | None]] = field(default_factory=list)
    columns: list[str] | None = None

    def as_text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> Self:
        values = json.loads(text)
        values["trail"] = [(at, key) for at, key in values["trail"]]
        values["anchors"] = [(key, at) for key, at in values["anchors"]]
        return cls(**values)


@dataclass(frozen=True)
class State:
    """One row of sync_state."""

    loaded: bool = False
    progress: Progress = field(default_factory=Progress)
    seen_at: datetime | None = None
    swept_at: datetime | None = None

    def moved(self, **changes: Any) -> State:
        return replace(self, progress=replace(self.progress, **changes))


_TABLE: Table = SyncState.__table__  # type: ignore[assignment]
_METADATA: Table = TableMetadata.__table__  # type: ignore[assignment]


def load_state(connection: Connection, entity: Entity, scope: Scope) -> State:
    """What is known of a source; a fresh state when it was never read."""
    row = connection.execute(select(_TABLE).where(*_identity(entity, scope))).first()
    if row is None:
        return State()
    return State(row.loaded, Progress.of(row.cursors), row.seen_at, row.swept_at)


def save_state(connection: Connection, entity: Entity, scope: Scope, state: State, now: datetime | None) -> None:
    """Remember where we stand; `now` (our clock) says that the source was read with success."""
    values: dict[str, Any] = {
        "loaded": state.loaded,
        "cursors": state.progress.as_text(),
        "seen_at": state.seen_at,
        "swept_at": state.swept_at,
    }
    if now is not None:
        values |= {"succeeded_at": now, "failed_at": None, "problem": None}
    _put(connection, entity, scope, values)


def save_failure(connection: Connection, entity: Entity, scope: Scope, now: datetime, problem: str) -> None:
    """Mark a source as stale, and say why; nothing else moves."""
    _put(connection, entity, scope, {"failed_at": now, "problem": problem})


def count_rows(connection: Connection, table: Table, started: datetime, change: int | None) -> None:
    """Refresh the table's row in `metadata`; `change` None counts anew."""
    at = _METADATA.c.table_name == table.name
    known = connection.execute(select(_METADATA.c.row_count).where(at)).scalar()
    if known is None or change is None:
        rows = int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    else:
        rows = known + change
    values = {"last_update": started, "row_count": rows}
    if known is None:
        connection.execute(insert(_METADATA).values(table_name=table.name, **values))
    else:
        connection.execute(update(_METADATA).where(at).values(**values))


def record_run(connection: Connection, entity: Entity, scope: Scope, **figures: Any) -> None:
    """Write down a finished unit of work."""
    values = {"table_name": entity.name, "region": scope.region, "source": scope.source, **figures}
    connection.execute(insert(SyncRun).values(**values))


def forget_runs(connection: Connection, before: datetime) -> None:
    connection.execute(delete(SyncRun).where(SyncRun.started < before))


def _identity(entity: Entity, scope: Scope) -> tuple[Any, ...]:
    return (
        _TABLE.c.table_name == entity.name,
        _TABLE.c.region == scope.region,
        _TABLE.c.source == scope.source,
    )


def _put(connection: Connection, entity: Entity, scope: Scope, values: dict[str, Any]) -> None:
    known = connection.execute(select(_TABLE.c.source).where(*_identity(entity, scope))).first()
    if known is None:
        identity = {"table_name": entity.name, "region": scope.region, "source": scope.source}
        fresh = {"loaded": False, "cursors": Progress().as_text()}
        connection.execute(insert(_TABLE).values({**identity, **fresh, **values}))
    else:
        connection.execute(update(_TABLE).where(*_identity(entity, scope)).values(**values))
