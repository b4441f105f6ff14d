"""What migrations are made of: steps that may be repeated.

MySQL commits each definition by itself, so a migration that is killed leaves the part that was done. Every step here
looks first whether it was done; running the migration again then completes it. A step never drops what holds rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Column, Connection, Index, MetaData, Table, inspect
from sqlalchemy.schema import CreateIndex, CreateTable, SchemaItem, SetColumnComment, SetTableComment

# What MySQL would otherwise take from the server's configuration.
_MYSQL = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4"}


def create_table_if_absent(name: str, *items: SchemaItem, comment: str | None = None) -> None:
    """Create a table with its columns and keys; its indexes are steps of their own."""
    create_table(op.get_bind(), with_server_options(Table(name, MetaData(), *items, comment=comment)))


def create_index_if_absent(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """Create an index on columns of a table."""
    connection = op.get_bind()
    if name in _indexes(connection, table):
        return
    described = Table(table, MetaData(), *(Column(column) for column in columns))
    index = Index(name, *(described.c[column] for column in columns), unique=unique)
    connection.execute(CreateIndex(index))


def add_column_if_absent(table: str, column: Column[Any]) -> None:
    """Add a column; it must be nullable or have a server default, since there may be rows."""
    if column.name not in _columns(op.get_bind(), table):
        op.add_column(table, column)


def create_table(connection: Connection, table: Table) -> None:
    """Create one table without its indexes unless it is there."""
    if inspect(connection).has_table(table.name):
        return
    connection.execute(CreateTable(table, if_not_exists=True))
    if connection.dialect.supports_comments and not connection.dialect.inline_comments:
        for statement in comments(table):
            connection.execute(statement)


def comments(table: Table) -> Iterator[SetTableComment | SetColumnComment]:
    """The statements that give a table its comments, where CREATE TABLE can't (PostgreSQL)."""
    if table.comment:
        yield SetTableComment(table)
    for column in table.columns:
        if column.comment:
            yield SetColumnComment(column)


def with_server_options(table: Table) -> Table:
    """The table, with what MySQL has to be told of each."""
    for name, value in _MYSQL.items():
        table.dialect_kwargs[name] = value
    return table


def _indexes(connection: Connection, table: str) -> set[str | None]:
    return {index["name"] for index in inspect(connection).get_indexes(table)}


def _columns(connection: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table)}
