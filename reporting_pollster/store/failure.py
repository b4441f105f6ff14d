"""What a driver's error means for the caller: try again, wait for the server, or neither.

The trap is that every driver says the same thing differently, and some only once the transaction is committed (a
Galera node certifies it there, and refuses with the error of a deadlock). The codes are listed here and nowhere else.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError

from reporting_pollster.config.url import mask_text
from reporting_pollster.errors import PollsterError, StoreConflict, StoreUnavailable

_MYSQL_CONFLICT = frozenset(
    {
        1020,  # the record changed since the snapshot (MariaDB 11.6 and newer)
        1047,  # a Galera node that is not ready
        1205,  # lock wait timeout
        1213,  # deadlock, or Galera's certification failed
        3572,  # NOWAIT found a lock
        8002,  # TiDB, as are all below: write conflicts, and a schema that changed meanwhile
        8022,
        8028,
        9007,
    }
)
_MYSQL_UNAVAILABLE = frozenset(
    {
        1040,  # too many connections
        1044,  # these five: the account may not, or the database does not exist
        1045,
        1049,
        1130,
        1698,
        1053,  # shutting down
        1203,  # too many connections of this account
        1290,  # read-only: a primary that became a replica
        1836,
        1927,  # connection killed
        2002,  # these seven: no connection, or no longer one
        2003,
        2005,
        2006,
        2013,
        2026,
        2055,
        4031,
        9001,  # TiDB: its parts cannot reach each other
        9002,
        9003,
        9005,
    }
)
_POSTGRESQL_CONFLICT = frozenset({"40001", "40P01", "55P03"})
_POSTGRESQL_UNAVAILABLE = frozenset({"53300", "57014", "57P01", "57P02", "57P03", "57P05"})
_SQLITE_CONFLICT = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_UNAVAILABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


def driver_errors(engine: Engine) -> tuple[type[BaseException], ...]:
    """What to catch: SQLAlchemy's wrapping, and the driver's own errors where it was used directly."""
    module = engine.dialect.dbapi
    assert module is not None
    return (DBAPIError, module.Error)


def translated(error: BaseException, engine: Engine) -> PollsterError | None:
    """Our error for a driver's one, or None where only the caller can know what it means (a duplicate key)."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    where = {"host": place(engine.url), "database": engine.url.database, "reason": reason_of(original)}
    if not lost and _is_conflict(original, engine.dialect.name):
        return StoreConflict("another transaction at the reporting database was in the way", **where)
    if lost or _is_unavailable(original, engine):
        return StoreUnavailable(
            "the reporting database cannot be reached or broke off",
            hint="check [reporting] connection, that the server runs, and that the account may use the database",
            **where,
        )
    return None


def place(url: URL) -> str | None:
    """Where the server is, for a message; nothing for SQLite, whose database says it."""
    socket = url.query.get("unix_socket")
    return url.host or (socket if isinstance(socket, str) else None)


def reason_of(error: BaseException) -> str:
    """The driver's words, on one line and without anything like a password."""
    words = error.args[1] if len(error.args) > 1 and isinstance(error.args[0], int) else error
    return mask_text(" ".join(str(words).split()))


def _is_conflict(error: BaseException, dialect: str) -> bool:
    if dialect == "sqlite":
        return _sqlite_code(error) in _SQLITE_CONFLICT
    if dialect == "postgresql":
        return _sqlstate(error) in _POSTGRESQL_CONFLICT
    return _mysql_code(error) in _MYSQL_CONFLICT


def _is_unavailable(error: BaseException, engine: Engine) -> bool:
    if engine.dialect.name == "sqlite":
        return _sqlite_code(error) in _SQLITE_UNAVAILABLE
    if engine.dialect.name == "postgresql":
        return _postgresql_is_unavailable(error, engine)
    module = engine.dialect.dbapi
    assert module is not None
    known = isinstance(error, module.Error) and engine.dialect.is_disconnect(error, None, None)
    return known or _mysql_code(error) in _MYSQL_UNAVAILABLE


def _postgresql_is_unavailable(error: BaseException, engine: Engine) -> bool:
    state = _sqlstate(error)
    if state is None:  # never reached the server, or never heard from it again
        return isinstance(error, getattr(engine.dialect.dbapi, "OperationalError", ()))
    return state in _POSTGRESQL_UNAVAILABLE or state[:2] in ("08", "28", "3D")


def _mysql_code(error: BaseException) -> int | None:
    code = error.args[0] if error.args else None
    return code if isinstance(code, int) else None


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else None


def _sqlite_code(error: BaseException) -> int | None:
    """The primary code: the extended ones (BUSY_SNAPSHOT) keep it in their low byte."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None
