"""The empty databases of a release in SQLite, to try what entities select from them without any server."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from reporting_pollster.demo.ddl import translate
from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import EntitySettings, Inputs, Paged
from reporting_pollster.entities.source import CELLS, SourceQuery, SourceTables

RELEASES = ("2019.2", "2022.2", "2024.1", "2025.1", "2026.2")
NEWEST = RELEASES[-1]
ALWAYS = ("keystone", "nova_api", "nova_cell", "cinder", "glance")
OPTIONAL = ("neutron", "heat", "rcshib", "dashboard")

_SCHEMAS = Path(__file__).parents[1] / "schemas"
_OF_THE_DEMO = Path(__file__).parents[2] / "reporting_pollster" / "demo" / "schema"


@cache
def definition(database: str, release: str = NEWEST) -> str:
    """The tables of a database, as a dump for MariaDB; those not of OpenStack are the demo's."""
    path = _SCHEMAS / release / f"{database}.sql"
    return (path if path.exists() else _OF_THE_DEMO / f"{database}.sql").read_text()


class EmptyCloud:
    """The source databases of one release, with one nova cell and no rows."""

    def __init__(self, release: str = NEWEST, *, without: tuple[str, ...] = ()) -> None:
        self._engines = {name: _database(name, release) for name in (*ALWAYS, *OPTIONAL) if name not in without}

    def tables(self, database: str) -> SourceTables:
        """The tables of a database, as a connection finds them."""
        with self._engines[_engine_of(database)].connect() as connection:
            found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
            columns = {
                table: frozenset(row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info(`{table}`)"))
                for table in found
            }
        return SourceTables(database, columns)

    def has(self, database: str) -> bool:
        return database == CELLS or database in self._engines

    def read(self, name: str) -> list[dict[str, Any]]:
        """The rows that an entity makes of the sources, by our columns."""
        source = catalogue()[name].source
        if isinstance(source, Paged):
            inputs = self._inputs(source.context)
            rows = self._rows(SourceQuery(source.database, source.select))
            transform = source.transform(inputs) if source.transform else tuple
            made = [transform(tuple(row)) for row in rows]
        else:
            inputs = self._inputs(source.inputs)
            rows = next(iter(inputs.rows.values()))
            made = list(source.rows(inputs)) if source.rows else [tuple(row) for row in rows]
        labels = source.columns or rows[0]._fields if made else ()
        return [dict(zip(labels, row, strict=True)) for row in made]

    def _inputs(self, queries: Mapping[str, SourceQuery]) -> Inputs:
        return Inputs(
            rows={name: self._rows(query) for name, query in queries.items()},
            settings=EntitySettings(region="RegionOne"),
            present=frozenset(name for name, query in queries.items() if self.has(query.database)),
        )

    def _rows(self, query: SourceQuery) -> list[Any]:
        if not self.has(query.database):
            assert query.optional, f"{query.database} is needed"
            return []
        statement = query.select(self.tables(query.database))
        labels = [column.key for column in statement.selected_columns]
        made = namedtuple("made", labels, rename=True)  # type: ignore[misc]
        with self._engines[_engine_of(query.database)].connect() as connection:
            cursor = connection.execute(statement).cursor
            assert cursor is not None
            return [made(*row) for row in cursor.fetchall()]  # as a driver gives them: times are text


def _engine_of(database: str) -> str:
    return "nova_cell" if database == CELLS else database


def _database(name: str, release: str) -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        for statement in translate(definition(name, release)):
            connection.exec_driver_sql(statement)
    return engine
