"""The queries of a paged source: pages along the key, rows by key, rows since a mark, counts of the living.

Each is one range of an index, or a walk along the primary key: nothing here scans a table.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true

from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.domain.watermark import start
from reporting_pollster.entities.base import Appended, Living, Paged, Since
from reporting_pollster.entities.source import SourceTables

Row = tuple[Any, ...]
_KEYS = 500


class Reader(Protocol):
    """What runs a query: a session, or what stands in for one to see the queries."""

    def rows(self, select: Select[Any]) -> list[Row]:
        """All rows of a small result."""

    def stream(self, select: Select[Any]) -> Iterator[list[Row]]:
        """Rows in batches."""


class Pages:
    """One paged source on one session, or its shadow tables."""

    def __init__(self, source: Paged, session: Reader, tables: SourceTables) -> None:
        self._source, self._session = source, session
        self._main = tables[source.table]
        self.select: Select[Any] = source.select(tables)
        self._key = self._main.column(source.source_key)
        self._key_at = list(self.select.selected_columns.keys()).index(source.key)
        self._given: list[ColumnElement[bool]] = []

    def page(self, after: Any, limit: int) -> list[Row]:
        """The next rows along the key: fewer than the limit only at the end, more when it can't be cut there."""
        query = self.select.order_by(self._key)
        if after is not None:
            query = query.where(self._key > after)
        wanted, at = limit, self._key_at
        while True:
            rows = self._session.rows(query.limit(limit + 1))
            if len(rows) <= limit:
                return self._single(rows)
            last, following = rows[limit - 1][at], rows.pop()[at]
            page = self._single(rows)
            if len(page) >= wanted and is_position(last) and following != last:
                return page
            limit *= 2

    def pages(self, after: Any, limit: int) -> Generator[list[Row]]:
        """All pages behind a key, up to the end or to a key that nothing can follow."""
        while rows := self.page(after, limit):
            yield rows
            after = rows[-1][self._key_at]
            if len(rows) < limit or not is_position(after):
                return

    def by_key(self, keys: Iterable[Any]) -> Iterator[list[Row]]:
        """Rows with these keys, as far as they exist."""
        for some in _chunks(sorted(keys)):
            yield self._single(self._session.rows(self.select.where(self._key.in_(some))))

    def by_column(self, name: str, values: Iterable[Any]) -> Iterator[list[Row]]:
        """Rows with these values of one of our columns, as far as they exist."""
        column = self.select.selected_columns[name]
        for some in _chunks(sorted(values)):
            yield self._single(self._session.rows(self.select.where(column.in_(some))))

    def since(self, cursor: Since, mark: str | None, overlap: int) -> Iterator[list[Row]]:
        """Rows whose time is not before the mark less the overlap, but for those that an earlier cursor gave."""
        return self._new(self._from(cursor, start(mark, overlap)))

    def beyond(self, cursor: Appended, key: int) -> Iterator[list[Row]]:
        """Rows with a higher ascending key, but for those that an earlier cursor gave."""
        return self._new(self._main.column(cursor.column) > key)

    def _new(self, condition: ColumnElement[bool]) -> Iterator[list[Row]]:
        """What is excluded is no longer a range for the optimizer, so that each cursor keeps its own index."""
        query = self.select.where(condition, *self._given)
        self._given.append(func.coalesce(case((condition, 1)), 0) == 0)
        return map(self._single, self._session.stream(query))

    def highest(self, cursor: Since | Appended) -> Any:
        """The highest value in the index of a cursor."""
        query = select(func.max(self._main.column(cursor.column))).select_from(self._main.clause)
        if isinstance(cursor, Since) and cursor.living_only:
            query = query.where(self._main.deleted == 0)
        return self._session.rows(query)[0][0]

    def changed(self, keys: Sequence[Any]) -> dict[Any, str | None]:
        """When the rows with these keys were last changed, of those that exist."""
        query = select(self._key, self._main.maybe("updated_at").label("updated_at")).where(self._key.in_(keys))
        return {row[0]: row[1] for row in self._session.rows(query.select_from(self._main.clause))}

    def living(self, living: Living) -> dict[Any, tuple[int, int]]:
        """Count and sum of keys of the living, per group."""
        total = func.sum(self._key) if living.sum_keys else literal(0)
        if living.group is None:
            query = select(literal(None), func.count(), total).select_from(self._main.clause)
        else:
            group = self._group(living)
            query = select(group, func.count(), total).select_from(self._main.clause).group_by(group)
        rows = self._session.rows(query.where(self._main.deleted == 0))
        return {_plain(group): (int(count), int(keys or 0)) for group, count, keys in rows if count}

    def living_pairs(self, living: Living, groups: Sequence[Any]) -> set[tuple[Any, Any]]:
        """Group and key of each of the living in these groups."""
        group = literal(None) if living.group is None else self._group(living)
        query = select(group, self._key).select_from(self._main.clause).where(self._main.deleted == 0)
        some = or_(*(self._is(living, group) for group in groups))
        return {(_plain(row[0]), row[1]) for batch in self._session.stream(query.where(some)) for row in batch}

    def _single(self, rows: list[Row]) -> list[Row]:
        """Each row once: of several that a satellite makes of one, always the same."""
        at = self._key_at
        if len({row[at] for row in rows}) == len(rows):
            return rows
        chosen: dict[Any, Row] = {}
        for number, row in enumerate(rows):
            key = row[at] if is_position(row[at]) else (number,)  # what is no key makes no rows equal
            if key not in chosen or repr(chosen[key]) < repr(row):
                chosen[key] = row
        return list(chosen.values())

    def _from(self, cursor: Since, begin: str) -> ColumnElement[bool]:
        later = self._main.column(cursor.column) >= begin
        return and_(self._main.deleted == 0, later) if cursor.living_only else later

    def _group(self, living: Living) -> ColumnElement[Any]:
        assert living.group is not None
        column = self._main.column(living.group)
        return func.date(column) if living.by_day else column

    def _is(self, living: Living, group: Any) -> ColumnElement[bool]:
        if living.group is None:
            return true()
        column = self._main.column(living.group)
        if group is None:
            return column.is_(None)
        if living.by_day:
            return and_(column >= f"{group} 00:00:00", column <= f"{group} 23:59:59")
        matches: ColumnElement[bool] = column == group
        return matches


def is_position(key: Any) -> bool:
    """Whether reading can go on behind a key: it can't behind NULL, nor behind text that is none."""
    return isinstance(key, int) or (isinstance(key, str) and is_storable(key))


def mark_name(cursor: Since) -> str:
    """Under which name the mark of a cursor is kept."""
    return f"{cursor.column}{' living' if cursor.living_only else ''}"


def _plain(group: Any) -> Any:
    return None if group is None else str(group)


def _chunks(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(keys), _KEYS):
        yield keys[begin : begin + _KEYS]
