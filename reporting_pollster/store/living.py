"""Our side of the fingerprint of the living: counts of active rows per group, as they will be once applied.

Staged rows are counted in before they are written, so that only those differences are left that the cursors did not
explain: rows that were deleted, archived or made without leaving a trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, false, func, literal, or_, select, true

from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.entities.base import Entity, Living, Paged
from reporting_pollster.store.companion import key_of, stage_of
from reporting_pollster.store.scope import Scope

Figures = Mapping[Any, tuple[int, int]]


class OurLiving:
    """Counts and keys of the active rows of one source, the staged ones taken into account."""

    def __init__(self, entity: Entity, scope: Scope, connection: Connection) -> None:
        assert isinstance(entity.source, Paged)
        assert entity.source.living is not None
        self._connection = connection
        self.held = 0
        self._living: Living = entity.source.living
        self._key_column = entity.source.key
        self._target, self._stage = entity.target, stage_of(entity.name)
        self._ours = and_(scope.rows_of(self._target), self._target.c.active == true())
        self._staged = scope.rows_of(self._stage)
        self._pairs = self._stage.join(
            self._target, and_(*(self._stage.c[name] == self._target.c[name] for name in key_of(entity)))
        )

    def figures(self) -> Figures:
        """Count and sum of keys per group (a day as text, a column's value, or None for the whole table).

        Afterwards `held` is the number of active rows, the staged ones left aside.
        """
        total: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        staged_living = and_(self._staged, self._stage.c.active == true())
        for sign, table, source, where in (
            (1, self._target, self._target, self._ours),
            (-1, self._target, self._pairs, and_(self._ours, self._staged)),
            (1, self._stage, self._stage, staged_living),
        ):
            for group, count, keys in self._grouped(table, source, where):
                total[group][0] += sign * count
                total[group][1] += sign * keys
                self.held += count if source is self._target else 0
        return {group: (count, keys) for group, (count, keys) in total.items() if count or keys}

    def pairs(self, groups: Sequence[Any]) -> set[tuple[Any, Any]]:
        """Group and source key of each of the living in these groups."""
        replaced = self._pairs_of(self._target, self._pairs, and_(self._ours, self._staged))
        active = and_(self._staged, self._stage.c.active == true(), self._is_any(self._stage, groups))
        ours = self._pairs_of(self._target, self._target, and_(self._ours, self._is_any(self._target, groups)))
        return (ours - replaced) | self._pairs_of(self._stage, self._stage, active)

    def _grouped(self, table: Table, source: FromClause, where: ColumnElement[bool]) -> list[tuple[Any, int, int]]:
        keys = func.sum(table.c[self._key_column]) if self._living.sum_keys else literal(0)
        group = self._group(table)
        query = select(group, func.count(), keys).select_from(source).where(where).group_by(group)
        if self._living.our_group is None:
            query = select(literal(None), func.count(), keys).select_from(source).where(where)
        return [(_plain(row[0]), int(row[1]), int(row[2] or 0)) for row in self._connection.execute(query)]

    def _group(self, table: Table) -> ColumnElement[Any]:
        if self._living.our_group is None:
            return literal(None)
        column = table.c[self._living.our_group]
        return func.date(column) if self._living.by_day else column

    def _is_any(self, table: Table, groups: Sequence[Any]) -> ColumnElement[bool]:
        return or_(*(self._is(table, group) for group in groups))

    def _is(self, table: Table, group: Any) -> ColumnElement[bool]:
        if self._living.our_group is None:
            return true()
        column = table.c[self._living.our_group]
        if group is None:
            return column.is_(None)
        if self._living.by_day:
            bounds = day_bounds(group)
            return and_(column >= bounds[0], column <= bounds[1]) if bounds is not None else false()
        if not is_storable(group):  # we hold none such, and PostgreSQL can't even be asked
            return false()
        matches: ColumnElement[bool] = column == group
        return matches

    def _pairs_of(self, table: Table, source: FromClause, where: ColumnElement[bool]) -> set[tuple[Any, Any]]:
        query = select(self._group(table), table.c[self._key_column]).select_from(source).where(where)
        return {(_plain(group), key) for group, key in self._connection.execute(query)}


def _plain(group: Any) -> Any:
    return None if group is None else str(group)


def day_bounds(day: str) -> tuple[datetime, datetime] | None:
    """First and last second of a day; None for one that no calendar has, such as 0000-00-00 at the source."""
    try:
        first = datetime.fromisoformat(day)
    except ValueError:
        return None
    return first, first + timedelta(days=1, seconds=-1)
