"""Of a row that several cells have, one copy counts, and the same one in every cycle.

Nova marks the copy that a move between cells makes as hidden; but a move that broke off, or a database that was
restored, leaves two that both look real. Whichever cell was read last would take the row from the other, time and
again. So the living copy counts, of two living ones the one that changed last, and else that of the first cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, false, func, literal, or_, select, true

from reporting_pollster.entities.base import Entity, moment
from reporting_pollster.store.companion import key_of, stage_of
from reporting_pollster.store.scope import Scope

_AT_ONCE = 500
_NEVER = datetime(1000, 1, 1)


class Namesake(NamedTuple):
    """A staged row that does not count, because another cell has the better copy."""

    stage_id: int
    key: str
    cell_name: str


def outranked(connection: Connection, entity: Entity, scope: Scope) -> list[Namesake]:
    """The staged rows of a cell that are better elsewhere."""
    key = key_of(entity)
    if scope.cell_name is None or "cell_name" in key:
        return []
    stage, target = stage_of(entity.name), entity.target
    pairs = stage.join(target, and_(*(stage.c[name] == target.c[name] for name in key)))
    query = (
        select(stage.c.stage_id, stage.c[key[0]], target.c.cell_name)
        .select_from(pairs)
        .where(scope.rows_of(stage), target.c.cell_name != scope.cell_name, _is_better(target, stage))
    )
    return [Namesake(*row) for row in connection.execute(query)]


def unstage(connection: Connection, entity: Entity, namesakes: Iterable[Namesake]) -> None:
    """Take rows out of the staging table."""
    stage, numbers = stage_of(entity.name), [namesake.stage_id for namesake in namesakes]
    for begin in range(0, len(numbers), _AT_ONCE):
        connection.execute(delete(stage).where(stage.c.stage_id.in_(numbers[begin : begin + _AT_ONCE])))


def _is_better(one: Table, other: Table) -> ColumnElement[bool]:
    later = _changed(one) > _changed(other)
    first = and_(_changed(one) == _changed(other), one.c.cell_name < other.c.cell_name)
    lives = and_(one.c.active == true(), other.c.active == false())
    return or_(lives, and_(one.c.active == other.c.active, or_(later, first)))


def _changed(table: Table) -> ColumnElement[datetime]:
    return func.coalesce(table.c.updated, table.c.created, literal(_NEVER, moment()))
