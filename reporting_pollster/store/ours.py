"""Rows that we hold, as they lie in the store: for whoever does not trust what we believe of them.

Not through SQLAlchemy's types, which make a value fit (on SQLite any number but 0 is true, and a time with a wrong byte
is an error for the whole result). And texts as bytes where the store would not check them: SQLite keeps broken UTF-8.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    LargeBinary,
    String,
    and_,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from reporting_pollster.domain.canonical import canonical
from reporting_pollster.entities.base import Entity, Paged
from reporting_pollster.store.companion import columns_of_source, key_of
from reporting_pollster.store.engine import Kind, dialect_kind
from reporting_pollster.store.rules import rules_for
from reporting_pollster.store.scope import Scope

Row = tuple[Any, ...]
Key = tuple[Any, ...]
BATCH_ROWS = 5000
_KEYS = 200  # a condition per key: SQLite takes no deeper ones than a thousand


class Layout:
    """The columns that a source decides, in the order of the table, and which of them tell rows of one scope apart."""

    def __init__(self, entity: Entity, scope: Scope) -> None:
        self.columns = columns_of_source(entity)
        self.kinds = tuple(rule.kind for rule in rules_for(entity, self.columns))
        self.constants = scope.constants()
        self.key_columns = tuple(name for name in key_of(entity) if name not in self.constants)
        self._key_at = tuple(self.columns.index(name) for name in self.key_columns)
        self.active_at = self.columns.index("active")
        self.source_key_at = self.columns.index(entity.source.key) if isinstance(entity.source, Paged) else None

    def key(self, row: Row) -> Key:
        return tuple(row[number] for number in self._key_at)

    def source_key(self, row: Row) -> Any:
        """What the source knows the row by; None for sources that are read whole."""
        return None if self.source_key_at is None else row[self.source_key_at]

    def is_active(self, row: Row) -> bool:
        return bool(row[self.active_at])


class OurRows:
    """Our rows of one source, in canonical form, on one connection."""

    def __init__(self, entity: Entity, scope: Scope, connection: Connection) -> None:
        self.layout = Layout(entity, scope)
        self._entity, self._scope, self._connection = entity, scope, connection
        self._target = entity.target
        kind = dialect_kind(connection)
        self._select = select(*(_raw(self._target.c[name], kind) for name in self.layout.columns))

    def count(self) -> int:
        query = select(func.count()).select_from(self._target).where(self._scope.rows_of(self._target))
        return int(self._connection.execute(query).scalar_one())

    def all(self) -> Iterator[list[Row]]:
        """Every row, in batches."""
        return self._stream(self._scope.rows_of(self._target))

    def between(self, after: Any, last: Any) -> Iterator[list[Row]]:
        """Rows by the source's key, the bounds as in a walk: None is the end, and rows without a key come first."""
        assert isinstance(self._entity.source, Paged)
        key = self._target.c[self._entity.source.key]
        where = [self._scope.rows_of(self._target)]
        if after is not None:
            where.append(key > after)
        if last is not None:
            where.append(key <= last if after is not None else or_(key <= last, key.is_(None)))
        return self._stream(and_(*where))

    def by_key(self, keys: Collection[Key]) -> Iterator[list[Row]]:
        """Rows of the region by primary key, also those that say they are of another cell."""
        layout = self.layout
        fixed = [self._target.c[name] == value for name, value in layout.constants.items() if name in self._primary]
        wanted = list(keys)
        for begin in range(0, len(wanted), _KEYS):
            yield from self._stream(and_(*fixed, self._one_of(wanted[begin : begin + _KEYS])))

    @property
    def _primary(self) -> Sequence[str]:
        return key_of(self._entity)

    def _one_of(self, keys: list[Key]) -> ColumnElement[bool]:
        columns = [self._target.c[name] for name in self.layout.key_columns]
        if len(columns) == 1:
            return columns[0].in_([key[0] for key in keys])
        return or_(*(and_(*(column == part for column, part in zip(columns, key, strict=True))) for key in keys))

    def _stream(self, where: ColumnElement[bool]) -> Iterator[list[Row]]:
        connection = self._connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS)
        for rows in connection.execute(self._select.where(where)).partitions(BATCH_ROWS):
            yield canonical(self.layout.kinds, [tuple(row) for row in rows])


def _raw(column: Column[Any], kind: Kind) -> ColumnElement[Any]:
    if kind == "sqlite" and isinstance(column.type, String):
        return type_coerce(cast(column, LargeBinary), NullType()).label(column.name)
    if kind == "mysql" and isinstance(column.type, DateTime):  # a driver in Python is slow at making datetimes
        return cast(column, String).label(column.name)
    return type_coerce(column, NullType()).label(column.name)
