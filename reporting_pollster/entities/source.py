"""How an entity describes what it reads, without reading it.

A query is built against the tables and columns that a connection really has (`SourceTables`), because the releases
differ: an absent optional column reads as NULL, an absent required one is an error that names it. The same builders
run against a recording set of tables give the exact columns that a read-only account needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, FromClause, Select, TableClause, column, null, table
from sqlalchemy.sql.elements import quoted_name

from reporting_pollster.errors import SourceSchemaError

CELLS = "nova"  # the name under which a query is run once in every cell


class SourceTable:
    """One table of a source; its columns are attributes, and only those that exist can be named."""

    def __init__(self, tables: SourceTables, name: str, real_name: str, columns: frozenset[str]) -> None:
        self._tables = tables
        self._name = name
        self._columns = columns
        self.clause: TableClause = table(quoted_name(real_name, True), *map(_column, sorted(columns)))

    def has(self, name: str) -> bool:
        """Whether there is such a column, for the few that changed their name."""
        return name in self._columns

    def column(self, name: str) -> ColumnClause[Any]:
        """A column that we can't do without; raises SourceSchemaError when the source lacks it."""
        if name not in self._columns:
            raise SourceSchemaError(
                f"the {self._tables.database} database has no readable column {self._name}.{name}",
                hint="check the GRANTs (`reporting-pollster grants`), or wait for a running upgrade to finish",
            )
        found: ColumnClause[Any] = self.clause.c[name]
        return found

    def maybe(self, name: str) -> ColumnElement[Any]:
        """A column that not every release has: NULL where it is absent, which is noted for the log."""
        if name in self._columns:
            return self.column(name)
        self._tables.absent.add(f"{self._name}.{name}")
        return null()

    def __getattr__(self, name: str) -> ColumnClause[Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.column(name)


class SourceTables:
    """The tables of one source database as they were found there.

    `columns` maps table names to the names of their readable columns. `absent` collects the optional columns and
    tables that were asked for and not found. `shadow()` gives the same tables under nova's names for archived rows.
    """

    def __init__(self, database: str, columns: Mapping[str, frozenset[str]], *, prefix: str = "") -> None:
        self.database = database
        self.absent: set[str] = set()
        self._columns = columns
        self._prefix = prefix
        self._made: dict[str, SourceTable] = {}

    def has(self, name: str) -> bool:
        if self._prefix + name in self._columns:
            return True
        self.absent.add(self._prefix + name)
        return False

    def __getitem__(self, name: str) -> SourceTable:
        if name not in self._made:
            real_name = self._prefix + name
            if real_name not in self._columns:
                raise SourceSchemaError(
                    f"the {self.database} database has no readable table {real_name}",
                    hint="check the GRANTs (`reporting-pollster grants`), or wait for a running upgrade to finish",
                )
            self._made[name] = SourceTable(self, name, real_name, self._columns[real_name])
        return self._made[name]

    def anew(self) -> SourceTables:
        """The same tables, of which nothing was asked yet."""
        return SourceTables(self.database, self._columns, prefix=self._prefix)

    def shadow(self) -> SourceTables:
        return SourceTables(self.database, self._columns, prefix="shadow_")


@dataclass(frozen=True)
class SourceQuery:
    """One SELECT on one database. Its labels are the names under which the rows are used.

    `database` is a settings group (keystone, nova_api, cinder, …) or CELLS for each nova cell. With `optional`, a
    database that is not configured gives no rows instead of an error.
    """

    database: str
    select: Callable[[SourceTables], Select[Any]]
    optional: bool = False


def joined(left: FromClause, *others: tuple[FromClause, ColumnElement[bool]]) -> FromClause:
    """LEFT JOINs in the order given: reading a row must never depend on its satellites."""
    result = left
    for right, on in others:
        result = result.outerjoin(right, on)
    return result


def _column(name: str) -> ColumnClause[Any]:
    return column(quoted_name(name, True))
