"""The first load: all staged rows into an empty table, in key order, with the secondary indexes made last.

Random keys and several indexes make a server spend most of a first load on finding pages. One sorted insert and
indexes afterwards take half of its time (performance notes, sections 1 and 2). Changing indexes ends a transaction on
MySQL, so a kill may leave a table without them: whoever goes on makes those that are missing before the source
counts as loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DDL, Connection, Engine, Index, Select, Table, inspect, select
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlalchemy.sql.ddl import DDLElement

from reporting_pollster.entities.base import Entity
from reporting_pollster.store.companion import stage_of
from reporting_pollster.store.engine import dialect_kind, reading, with_retries
from reporting_pollster.store.lease import Held
from reporting_pollster.store.merge import Merge
from reporting_pollster.store.scope import Scope

_MANY_ROWS = 20_000


def fill_empty_table(
    entity: Entity,
    scope: Scope,
    engine: Engine,
    held: Held,
    now: datetime,
    conclude: Callable[[Connection, int], None],
) -> None:
    """Fill the table; `conclude` is called in the last transaction with the number of rows."""
    table = entity.target
    if _is_large(entity, scope, engine):
        _change_indexes(engine, held, table, wanted=False)

    def insert(connection: Connection) -> int:
        return Merge(entity, scope, connection).fill(now)

    rows = with_retries(engine, lambda connection: held.fenced(connection, insert))
    _change_indexes(engine, held, table, wanted=True)

    with_retries(engine, lambda connection: held.fenced(connection, lambda inner: conclude(inner, rows)))


def _is_large(entity: Entity, scope: Scope, engine: Engine) -> bool:
    stage = stage_of(entity.name)
    with reading(engine) as connection:
        return has_many(connection, select(stage.c.stage_id).where(scope.rows_of(stage)))


def has_many(connection: Connection, query: Select[Any]) -> bool:
    """Whether a query has so many rows that making indexes anew is cheaper than keeping them up with each row."""
    return connection.execute(query.offset(_MANY_ROWS).limit(1)).first() is not None


def drop_indexes(engine: Engine, held: Held, table: Table) -> None:
    """Do without the secondary indexes of a table while it is filled."""
    _change_indexes(engine, held, table, wanted=False)


def ensure_indexes(engine: Engine, held: Held, table: Table) -> None:
    """Make the indexes that are missing, perhaps because a first load was killed."""
    _change_indexes(engine, held, table, wanted=True)


def _change_indexes(engine: Engine, held: Held, table: Table, *, wanted: bool) -> None:
    with reading(engine) as connection:
        present = {index["name"] for index in inspect(connection).get_indexes(table.name)}
    indexes = [index for index in table.indexes if (index.name in present) != wanted]
    for statement in _changes(engine, table, sorted(indexes, key=lambda index: str(index.name)), wanted=wanted):

        def change(connection: Connection, statement: DDLElement = statement) -> None:
            held.check(connection)
            connection.execute(statement)

        with_retries(engine, change)


def _changes(engine: Engine, table: Table, indexes: Sequence[Index], *, wanted: bool) -> list[DDLElement]:
    """A statement for each index; on MySQL one for all, which reads the table once."""
    if dialect_kind(engine) != "mysql" or not indexes:
        return [CreateIndex(index) if wanted else DropIndex(index) for index in indexes]
    quote = engine.dialect.identifier_preparer
    parts = []
    for index in indexes:
        columns = ", ".join(quote.quote(column.name) for column in index.columns)
        name = quote.quote(str(index.name))
        parts.append(f"ADD INDEX {name} ({columns})" if wanted else f"DROP INDEX {name}")
    return [DDL(f"ALTER TABLE {quote.format_table(table)} {', '.join(parts)}")]  # type: ignore[no-untyped-call]
