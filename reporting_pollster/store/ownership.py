"""Whose tables a database holds, before anything in it is created or dropped.

Our tables and views have names that others use as well: keystone has a `project`, a `user` and a `role`, and one wrong
word on a command line would point us at it. So a table of our own, that of the revisions, proves that a database is
ours.
The established pollster's database has the names and not the keys of ours: its rows are history that no source can
give again, so it is left alone, unless there are none.
"""

from __future__ import annotations

from enum import Enum

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, table
from sqlalchemy.schema import DropTable

from reporting_pollster.derived.view import views
from reporting_pollster.errors import SchemaRefused
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.established import ESTABLISHED
from reporting_pollster.store.tables import Lease, TableMetadata

VERSION_TABLE = "reporting_schema_revision"
REVISIONS = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), primary_key=True, comment="Revision of the schema that the database has"),
    comment="Which migrations were done; a database with this table is the pollster's",
)
LEASE: Table = Lease.__table__  # type: ignore[assignment]
_OWN_DATABASE = "give the pollster an empty database of its own"


class Content(Enum):
    """What a database holds."""

    NOTHING = "no table with a name of ours"
    OURS = "our tables, whatever their revision"
    ESTABLISHED_EMPTY = "the established pollster's tables without a row"
    ESTABLISHED = "the established pollster's tables"
    FOREIGN = "tables of others with names of ours"


def content(connection: Connection) -> Content:
    """What the database holds; the lease does not count, which comes before all else."""
    present = set(inspect(connection).get_table_names())
    if VERSION_TABLE in present:
        return Content.OURS
    if _views(connection):
        return Content.FOREIGN
    taken = _taken(present)
    if not taken:
        return Content.NOTHING
    if not _is_established(connection, taken):
        return Content.FOREIGN
    return Content.ESTABLISHED if any(_has_rows(connection, name) for name in taken) else Content.ESTABLISHED_EMPTY


def require_ours(connection: Connection) -> None:
    """Raise SchemaRefused unless we may create and drop our tables here."""
    match content(connection):
        case Content.ESTABLISHED:
            raise SchemaRefused(
                "this database holds the rows of the established pollster, which are left as they are",
                hint=_OWN_DATABASE,
                database=connection.engine.url.database,
            )
        case Content.FOREIGN:
            names = sorted(_taken(set(inspect(connection).get_table_names())) | _views(connection))
            raise SchemaRefused(
                "this database belongs to another program, whose tables have names of ours",
                hint=_OWN_DATABASE,
                database=connection.engine.url.database,
                tables=" ".join(names),
            )


def require_empty(connection: Connection) -> None:
    """Raise SchemaRefused when there is any table, whoever's, or another view with the name of one of ours."""
    if others := set(inspect(connection).get_table_names()) - {LEASE.name} | _views(connection):
        raise SchemaRefused(
            "a schema file is loaded into an empty database only",
            hint="use another database, or --recreate if our tables in this one may go",
            database=connection.engine.url.database,
            tables=len(others),
        )


def make_way(connection: Connection) -> None:
    """Drop the established pollster's tables where they have no rows; what tells them apart goes last."""
    if content(connection) is Content.ESTABLISHED_EMPTY:
        taken = _taken(set(inspect(connection).get_table_names()))
        for name in sorted(taken, key=lambda each: (each == TableMetadata.__tablename__, each)):
            connection.execute(DropTable(Table(name, MetaData())))


def _views(connection: Connection) -> set[str]:
    """Names of ours that views have."""
    return set(inspect(connection).get_view_names()) & {*whole_metadata().tables, *views()}


def _taken(present: set[str]) -> set[str]:
    return present & {*whole_metadata().tables, *views(), *ESTABLISHED} - {LEASE.name}


def _is_established(connection: Connection, taken: set[str]) -> bool:
    name = TableMetadata.__tablename__
    if name not in taken or not taken <= set(ESTABLISHED):
        return False
    return {column["name"] for column in inspect(connection).get_columns(name)} == set(ESTABLISHED[name])


def _has_rows(connection: Connection, name: str) -> bool:
    return connection.execute(select(1).select_from(table(name)).limit(1)).first() is not None
