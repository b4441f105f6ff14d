"""A limit to how long a query may take, for questions of people whom we do not know.

The server itself stops, since a client that only gives up leaves it working. Traps: MariaDB keeps the limit with the
connection, which goes back to the pool; and a connection whose rows were not all read would hand them to the next one
who asks, or read them all before it can be used. So it is thrown away unless everything went well.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from reporting_pollster.errors import QueryTooLong
from reporting_pollster.store.engine import dialect_kind, reading

_MARIADB_TIMEOUT, _MYSQL_TIMEOUT = 1969, 3024
_POSTGRESQL_TIMEOUT = "57014"
_STEPS = 100_000  # of SQLite's machine, some milliseconds


@contextmanager
def reading_at_most(engine: Engine, seconds: int | None) -> Iterator[Connection]:
    """Like `reading`, but no statement within may take longer. Raises QueryTooLong."""
    with reading(engine) as connection:
        if seconds is None:
            yield connection
            return
        _limit(connection, seconds)
        try:
            yield connection
        except BaseException as error:
            _unlimit_sqlite(connection)
            connection.invalidate()
            if isinstance(error, DBAPIError) and _is_timeout(error.orig):
                raise QueryTooLong("this takes too long", hint=f"ask for less: it may take {seconds} s") from error
            raise
        _unlimit(connection)


def _limit(connection: Connection, seconds: int) -> None:
    match dialect_kind(connection):
        case "postgresql":
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")
        case "mysql" if _is_mariadb(connection):
            connection.exec_driver_sql(f"SET max_statement_time = {seconds}")
        case "mysql":
            connection.exec_driver_sql(f"SET max_execution_time = {seconds * 1000}")
        case "sqlite":
            latest = time.monotonic() + seconds
            _sqlite(connection).set_progress_handler(lambda: time.monotonic() > latest, _STEPS)


def _unlimit(connection: Connection) -> None:
    match dialect_kind(connection):
        case "mysql":
            name = "max_statement_time" if _is_mariadb(connection) else "max_execution_time"
            connection.exec_driver_sql(f"SET {name} = DEFAULT")
        case "sqlite":
            _unlimit_sqlite(connection)


def _unlimit_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and not connection.invalidated:
        _sqlite(connection).set_progress_handler(None, _STEPS)


def _is_mariadb(connection: Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _sqlite(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


def _is_timeout(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    if getattr(error, "sqlstate", None) == _POSTGRESQL_TIMEOUT:
        return True
    return bool(error and error.args and error.args[0] in (_MARIADB_TIMEOUT, _MYSQL_TIMEOUT))
