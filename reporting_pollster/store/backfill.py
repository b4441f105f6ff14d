"""What is being read again, and how far that is: an interrupted backfill goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, or_, select, update

from reporting_pollster.derived.base import Timeline
from reporting_pollster.entities.base import Entity
from reporting_pollster.store.due import note
from reporting_pollster.store.engine import utc_now
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.state import load_state, save_state
from reporting_pollster.store.tables import Backfill

_BACKFILL: Table = Backfill.__table__  # type: ignore[assignment]


def begin(connection: Connection, entity: Entity, scope: Scope, first: date, last: date) -> None:
    """Read a source again from the beginning, unless that was begun for the same days and not finished."""
    mine = _identity(entity, scope)
    known = connection.execute(select(_BACKFILL).where(*mine)).mappings().first()
    if known is not None and known["finished"] is None and (known["first_day"], known["last_day"]) == (first, last):
        return
    state = load_state(connection, entity, scope)
    if state.loaded:
        state = replace(state.moved(walk=None, walk_shadow=False, walk_began=None), swept_at=None)
        save_state(connection, entity, scope, state, None)
    values: dict[str, Any] = {"first_day": first, "last_day": last, "begun": utc_now(connection), "finished": None}
    if known is None:
        identity = {"table_name": entity.name, "region": scope.region, "source": scope.source}
        connection.execute(insert(_BACKFILL).values(**identity, **values))
    else:
        connection.execute(update(_BACKFILL).where(*mine).values(**values))


def is_read(connection: Connection, entity: Entity, scope: Scope) -> bool:
    """Whether the source was read to its end since the backfill of it began."""
    return load_state(connection, entity, scope).swept_at is not None


def finish(connection: Connection, entity: Entity, scope: Scope) -> None:
    """Everything that follows from it is done as well."""
    connection.execute(update(_BACKFILL).where(*_identity(entity, scope)).values(finished=utc_now(connection)))


def note_living(
    connection: Connection, timeline: Timeline, resources: Table, region: str, days: Sequence[date]
) -> None:
    """Note the resources that existed at some time from the first to the last of two days."""
    first, last = days
    start = datetime(first.year, first.month, first.day)
    end = datetime(last.year, last.month, last.day) + timedelta(days=1)
    r = resources.c
    lived = (r.region == region, r.created < end, or_(r.deleted.is_(None), r.deleted >= start))
    note(connection, timeline, region, select(r.id).where(*lived))


def _identity(entity: Entity, scope: Scope) -> tuple[Any, ...]:
    c = _BACKFILL.c
    return c.table_name == entity.name, c.region == scope.region, c.source == scope.source
