"""The tables that go with an entity's own: its earlier versions, and the staging area for rows just read.

Both are derived from the entity, so that a new entity needs no word about them. A staging table has no unique key:
what was read twice is sorted out afterwards, and appending stays as fast as the server can write.
"""

from __future__ import annotations

from functools import cache
from threading import RLock
from typing import Any

from sqlalchemy import Column, Index, MetaData, Table

from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import BOOKKEEPING, Entity, Reporting, big_id, moment

_MAKING = RLock()


def columns_of_source(entity: Entity) -> tuple[str, ...]:
    """The columns that the source decides: neither bookkeeping nor derived, in the order of the table."""
    own = {*BOOKKEEPING, *entity.derived}
    return tuple(column.name for column in entity.target.columns if column.name not in own)


def key_of(entity: Entity) -> tuple[str, ...]:
    """The primary key's columns."""
    return tuple(column.name for column in entity.target.primary_key)


@cache
def stage_of(name: str) -> Table:
    """The staging table of an entity, by the entity's name."""
    entity = catalogue()[name]
    columns = [_copy(entity.target.c[column]) for column in columns_of_source(entity)]
    return Table(
        f"stage_{name}",
        Reporting.metadata,
        Column("stage_id", big_id(), primary_key=True, autoincrement=True, comment="Order of arrival"),
        *columns,
        comment=f"Rows read for {name} and not applied yet; empty between cycles",
    )


@cache
def history_of(name: str) -> Table | None:
    """The table of an entity's earlier versions; None when it keeps none."""
    entity = catalogue()[name]
    if not entity.history:
        return None
    key = key_of(entity)
    kept = [*key, *(column for column in (*entity.history, *entity.kept) if column not in key)]
    return Table(
        f"{name}_history",
        Reporting.metadata,
        Column("history_id", big_id(), primary_key=True, autoincrement=True, comment="Counter"),
        *(_copy(entity.target.c[column]) for column in kept),
        Column("known_from", moment(), nullable=False, comment="Cycle that brought this version, UTC"),
        Column("known_to", moment(), nullable=False, comment="Cycle that found it superseded, UTC"),
        Index(f"ix_{name}_history_key", *key, "known_to"),
        comment=f"Earlier versions of the rows of {name}, kept when a column shown here changes",
    )


def whole_metadata() -> MetaData:
    """Every table of the reporting database, for migrations, DDL and the data dictionary."""
    with _MAKING:  # the first requests of a server come at once, and each table can be declared once only
        return _whole_metadata()


@cache
def _whole_metadata() -> MetaData:
    from reporting_pollster.derived import timelines
    from reporting_pollster.events import event_kinds
    from reporting_pollster.store import concertim, tables  # noqa: F401 (declare the pollster's own tables)

    timelines()
    event_kinds()

    for name in catalogue():
        stage_of(name)
        history_of(name)
    for mapper in Reporting.registry.mappers:
        if isinstance(mapper.local_table, Table) and mapper.local_table.comment is None:
            mapper.local_table.comment = (mapper.class_.__doc__ or "").strip().partition("\n")[0]
    return Reporting.metadata


def _copy(column: Column[Any]) -> Column[Any]:
    return Column(column.name, column.type, nullable=True, comment=column.comment)
