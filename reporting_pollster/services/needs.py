"""Which columns of which source tables are read, found by building every query and looking at what it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

from reporting_pollster.domain.release import Names
from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Entity, Paged
from reporting_pollster.entities.mapping import mapped_cells, mapped_instances
from reporting_pollster.entities.recording import RecordingTables, as_found, everything, nothing
from reporting_pollster.entities.source import SourceTables
from reporting_pollster.services.statements import statements_of

Build = Callable[[SourceTables], object]


@dataclass(frozen=True)
class Needs:
    """What is read of one database: in any case, only where it exists, and only where what came after is absent."""

    always: Names
    newer: Names
    older: Names


@dataclass(frozen=True)
class Lack:
    """What an entity misses in a database as it was found: what it can't do without, and what it can."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]


@cache
def needs() -> Mapping[str, Needs]:
    """By database (a settings group, or CELLS), for all entities and `doctor` together."""
    built: defaultdict[str, list[Build]] = defaultdict(list)
    for entity in catalogue().values():
        for database, build in _reads(entity):
            built[database].append(build)
    built["nova_api"] += [mapped_cells, mapped_instances]
    return {database: _needs(database, builds) for database, builds in built.items()}


def databases_of(entity: Entity) -> tuple[str, ...]:
    """The databases that an entity reads from."""
    return tuple(dict.fromkeys(database for database, _ in _reads(entity)))


def lack(entity: Entity, database: str, columns: Names) -> Lack:
    """What an entity misses in a database that shows these columns."""
    tables = RecordingTables(database, as_found(columns))
    for name, build in _reads(entity):
        if name == database:
            build(tables)
    needed = (
        f"{table}.{column}" if table in columns else table
        for table, used in tables.used.items()
        for column in used
        if column not in columns.get(table, ())
    )
    return Lack(tuple(sorted(set(needed))), tuple(sorted(tables.absent)))


def _needs(database: str, builds: Iterable[Build]) -> Needs:
    most, least = RecordingTables(database, everything), RecordingTables(database, nothing)
    for build in builds:
        build(most)
        build(least)
    return Needs(
        always=_columns(most, lambda table, column: column in least.used.get(table, ())),
        newer=_columns(most, lambda table, column: column not in least.used.get(table, ())),
        older=_columns(least, lambda table, column: column not in most.used.get(table, ())),
    )


def _columns(tables: RecordingTables, wanted: Callable[[str, str], bool]) -> Names:
    chosen = {
        table: frozenset(column for column in used if wanted(table, column)) for table, used in tables.used.items()
    }
    return {table: columns for table, columns in sorted(chosen.items()) if columns}


def _reads(entity: Entity) -> Iterator[tuple[str, Build]]:
    source = entity.source
    if isinstance(source, Paged):
        yield source.database, partial(_paged, source)
    for query in (source.context if isinstance(source, Paged) else source.inputs).values():
        yield query.database, query.select
    if entity.identity is not None:
        yield entity.identity.database, entity.identity.select


def _paged(source: Paged, tables: SourceTables) -> None:
    statements_of(source, tables)
    archive = tables.shadow()
    if source.shadowed and archive.has(source.table):
        statements_of(source, archive)
