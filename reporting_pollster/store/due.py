"""Which resources have changed facts: noted in the transaction that changes them, so that none is forgotten.

Notes are only ever added here, one for each change: who derives takes away those that were there before the facts were
read, and no other. So a change that comes meanwhile is not forgotten, though whoever makes it holds no lease.

Until the periods of a kind of resource were built for the first time syncs note nothing: the build takes them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, insert, literal, or_, select

from reporting_pollster.derived import fed_by
from reporting_pollster.derived.base import Timeline
from reporting_pollster.entities.base import Entity
from reporting_pollster.store.companion import key_of, stage_of
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.tables import Derivation, PeriodDue

_KEYS = 200
_DUE: Table = PeriodDue.__table__  # type: ignore[assignment]


def note_changed(connection: Connection, entity: Entity, scope: Scope, now: datetime) -> None:
    """Note the resources of the staged rows that this cycle (its time is `now`) brought or changed."""
    target, stage = entity.target, stage_of(entity.name)
    same_key = and_(*(stage.c[name] == target.c[name] for name in key_of(entity)))
    for timeline in _begun(connection, entity, scope):
        resource = target.c[timeline.feeds[entity.name]]
        changed = (
            select(resource.label("id"))
            .select_from(stage.join(target, same_key))
            .where(scope.rows_of(stage), target.c.changed_at == now)
        )
        note(connection, timeline, scope.region, changed.where(resource.is_not(None)).distinct())


def note_gone(connection: Connection, entity: Entity, scope: Scope, keys: Sequence[tuple[Any, ...]]) -> None:
    """Note the resources of rows that vanished, by their keys."""
    target = entity.target
    columns = [target.c[name] for name in key_of(entity)]
    for timeline in _begun(connection, entity, scope):
        resource = target.c[timeline.feeds[entity.name]]
        for begin in range(0, len(keys), _KEYS):
            some = or_(*(_is(columns, key) for key in keys[begin : begin + _KEYS]))
            found = select(resource.label("id")).where(some, resource.is_not(None)).distinct()
            note(connection, timeline, scope.region, found)


def note(connection: Connection, timeline: Timeline, region: str, found: Select[Any]) -> None:
    """Note the resources whose ids a query finds as `id`."""
    ids = found.subquery()
    rows = select(literal(timeline.resource), literal(region), ids.c.id)
    connection.execute(insert(_DUE).from_select(["resource", "region", "id"], rows))


def note_ids(connection: Connection, resource: str, region: str, ids: Iterable[str]) -> None:
    """Note resources of one kind."""
    rows = [{"resource": resource, "region": region, "id": each} for each in sorted(set(ids))]
    if rows:
        connection.execute(insert(_DUE), rows)


def _begun(connection: Connection, entity: Entity, scope: Scope) -> list[Timeline]:
    timelines = fed_by(entity.name)
    if not timelines:
        return []
    names = [timeline.resource for timeline in timelines]
    begun = select(Derivation.resource).where(Derivation.region == scope.region, Derivation.resource.in_(names))
    known = set(connection.scalars(begun))
    return [timeline for timeline in timelines if timeline.resource in known]


def _is(columns: Sequence[ColumnElement[Any]], key: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in zip(columns, key, strict=True)))
