"""What each driver is told before it connects, so that all stores keep the same promises.

Left to themselves, MySQL clips what does not fit and shifts times into the server's zone, SQLite ignores foreign keys
and rereads its pages all day, PostgreSQL waits for a lock for ever, and older MySQL drivers go on in plain text when
the server has no TLS to offer. None of that is an error anywhere, so it is settled here once.
"""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from reporting_pollster.errors import SettingsError, StoreUnavailable

_LOCK_SECONDS = 30
_RECYCLE_SECONDS = 1800
# Strict, and a 0 in a column that counts by itself stays 0.
_SQL_MODE = (
    "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,"
    "NO_AUTO_VALUE_ON_ZERO"
)
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # one fsync a commit: a notification is acknowledged once it is committed
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16384",  # KiB; sorting takes as much again, and random keys want more than the default
    "PRAGMA temp_store = FILE",  # memory stays flat whatever is sorted
    "PRAGMA journal_size_limit = 67108864",  # a first load would leave its log that long for ever
)


@dataclass(frozen=True)
class Limits:
    """How many seconds to wait: for the connection, and for an answer."""

    connect: int
    read: int


def sqlite_engine(address: URL, state_directory: Path | None) -> Engine:
    """A file of its own, in a directory that is made if it is not there."""
    arguments = {} if "timeout" in address.query else {"timeout": _LOCK_SECONDS}
    engine = create_engine(
        _sqlite_file(address, state_directory), connect_args=arguments, hide_parameters=True, pool_use_lifo=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkin", _shrink_sqlite)
    return engine


def mysql_engine(address: URL, limits: Limits, tls: Mapping[str, str] | None) -> Engine:
    """MySQL, MariaDB, Galera or TiDB."""
    address = address.set(drivername=_mysql_driver(address))
    engine = _server_engine(address, lambda: _mysql_arguments(address, limits, tls), isolation_level="READ COMMITTED")
    if tls is not None:
        event.listen(engine, "connect", _insist_on_tls)
    return engine


def postgresql_engine(address: URL, limits: Limits, tls: Mapping[str, str] | None) -> Engine:
    """PostgreSQL, by psycopg 3."""
    address = address.set(drivername="postgresql+psycopg")
    return _server_engine(address, lambda: _postgresql_arguments(address, limits, tls))


def _sqlite_file(address: URL, state_directory: Path | None) -> URL:
    """The address with its file made absolute, and the file's directory made if it is not there."""
    name = address.database
    if not name or name == ":memory:" or name.startswith("file:"):
        return address
    path = (state_directory or Path()).joinpath(name).absolute()
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"cannot make the directory {path.parent} of the reporting database: {error.strerror}",
            hint="check [reporting] connection, and who may write there",
        ) from error
    return address.set(database=str(path))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma).close()


def _shrink_sqlite(connection: sqlite3.Connection | None, _record: object) -> None:
    """Give the cache back: each connection has one of its own, and an idle one would keep it."""
    if connection is not None:
        connection.execute("PRAGMA shrink_memory").close()


def _server_engine(address: URL, arguments: Callable[[], dict[str, Any]], **options: Any) -> Engine:
    """An engine that checks a connection before it is used, and whose errors never quote the values of a row."""
    try:
        return create_engine(
            address,
            connect_args=arguments(),
            pool_pre_ping=True,
            pool_recycle=_RECYCLE_SECONDS,
            hide_parameters=True,
            **options,
        )
    except ImportError as error:
        raise SettingsError(
            f"[reporting] connection needs a driver that cannot be used: {error}",
            hint="install it (Debian: python3-psycopg for PostgreSQL, python3-pymysql or python3-mysqldb for MySQL)",
        ) from error


def _mysql_driver(address: URL) -> str:
    """The driver that was asked for, else the fastest one that can be imported."""
    _, _, driver = address.drivername.partition("+")
    if not driver:
        try:
            import_module("MySQLdb")
            driver = "mysqldb"
        except ImportError:  # also when its library is missing
            driver = "pymysql"
    return f"mysql+{driver}"


def _mysql_arguments(address: URL, limits: Limits, tls: Mapping[str, str] | None) -> dict[str, Any]:
    timeouts = {"connect_timeout": limits.connect, "read_timeout": limits.read, "write_timeout": limits.read}
    arguments: dict[str, Any] = {name: value for name, value in timeouts.items() if name not in address.query}
    arguments["charset"] = "utf8mb4"
    arguments["local_infile"] = 1
    arguments["conv"] = _quick_times(address)
    arguments["init_command"] = f"SET time_zone = '+00:00', sql_mode = '{_SQL_MODE}'"
    if tls is None:
        return arguments
    if address.drivername.endswith("mysqldb"):
        wanted = ("ca", "cert", "key") if _verifies(tls) else ("cert", "key")  # it checks whenever it is given a ca
        arguments["ssl"] = {name: tls[name] for name in wanted if name in tls}
        arguments["ssl_mode"] = "VERIFY_IDENTITY" if _verifies(tls) else "REQUIRED"
    else:
        arguments["ssl"] = _tls_context(tls)
    return arguments


def _quick_times(address: URL) -> dict[Any, Any]:
    """The driver's conversions, but for times: what it does to them by default costs as much as all the rest."""
    package = "MySQLdb" if address.drivername.endswith("mysqldb") else "pymysql"
    conversions = dict(import_module(f"{package}.converters").conversions)
    field_types = import_module(f"{package}.constants").FIELD_TYPE
    for number in (field_types.DATETIME, field_types.TIMESTAMP):
        conversions[number] = datetime.fromisoformat
    return conversions


def _insist_on_tls(connection: DBAPIConnection, _record: object) -> None:
    """Older drivers go on in plain text, without a word, when the server has no TLS to offer."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        row = cursor.fetchone()
    if not (row and row[1]):
        raise StoreUnavailable(
            "the reporting database's server does not encrypt the connection",
            hint="set up TLS there, or take the tls options out of [reporting]",
        )


def _postgresql_arguments(address: URL, limits: Limits, tls: Mapping[str, str] | None) -> dict[str, Any]:
    given = address.query.get("options", "")
    settings = f"-c timezone=UTC -c statement_timeout={limits.read}s -c lock_timeout={_LOCK_SECONDS}s"
    arguments: dict[str, Any] = {"options": f"{settings} {given}".strip(), "keepalives_idle": 60}
    if "connect_timeout" not in address.query:
        arguments["connect_timeout"] = limits.connect
    if tls is not None:
        arguments |= {f"ssl{name}": tls[name] for name in ("cert", "key") if name in tls}
        arguments["sslmode"] = "require"
        if _verifies(tls):
            arguments |= {"sslmode": "verify-full", "sslrootcert": tls.get("ca", "system")}
    return arguments


def _verifies(tls: Mapping[str, str]) -> bool:
    return tls.get("verify", "yes") != "no"


def _tls_context(tls: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.get("ca"))
        if "cert" in tls:
            context.load_cert_chain(tls["cert"], tls.get("key"))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"cannot use the TLS files of the reporting database: {error}",
            hint="check tls_ca, tls_cert and tls_key in [reporting]",
        ) from error
    if not _verifies(tls):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
