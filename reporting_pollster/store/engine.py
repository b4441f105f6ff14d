"""The reporting database's engine, and the only two ways to a transaction: `reading` and `writing`.

Every store has its trap. SQLite's driver begins a transaction only before the first INSERT, so that a plan would be
made outside of the transaction that carries it out, and two writers would find out about each other at the worst
moment: here it begins where we say, writers with BEGIN IMMEDIATE. MySQL clips what does not fit and shifts times
unless told otherwise, so each connection is strict and UTC. And whatever a server refuses because of others
(deadlock, certification, serialization) becomes one type of error, for which `with_retries` repeats the whole work.
"""

from __future__ import annotations

import logging
import sqlite3
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from reporting_pollster.config.url import REPORTING_DRIVERS, check_url
from reporting_pollster.errors import SettingsError, StoreConflict
from reporting_pollster.store.failure import driver_errors, translated

LOG = logging.getLogger(__name__)
T = TypeVar("T")
Kind = Literal["sqlite", "mysql", "postgresql"]

_INTENT = "reporting_pollster_intent"
# Strict, and a 0 in a column that counts by itself stays 0.
_SQL_MODE = (
    "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,"
    "NO_AUTO_VALUE_ON_ZERO"
)
_LOCK_SECONDS = 30
_RECYCLE_SECONDS = 1800

# What each store is told when a transaction begins. A read sees one state of the database in all of its statements
# and cannot write: work that would be rolled back in silence is a mistake.
_BEGIN: Mapping[Kind, Mapping[str | None, tuple[str, ...]]] = {
    "sqlite": {
        "read": ("PRAGMA query_only = ON", "BEGIN"),
        "write": ("PRAGMA query_only = OFF", "BEGIN IMMEDIATE"),
        None: ("PRAGMA query_only = OFF", "BEGIN"),
    },
    # MariaDB alone understands /*M!, TiDB would refuse READ ONLY.
    "mysql": {"read": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ /*M!100000 , READ ONLY */",)},
    "postgresql": {"read": ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",)},
}

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # one fsync a commit: a notification is acknowledged once it is committed
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32768",  # KiB; random keys reread the pages with less
    "PRAGMA temp_store = FILE",  # memory stays flat whatever is sorted
    "PRAGMA journal_size_limit = 67108864",  # a first load would leave its log that long for ever
)


def create_store_engine(
    url: str,
    *,
    connect_timeout: int = 10,
    read_timeout: int = 600,
    tls: Mapping[str, str] | None = None,
    state_directory: Path | None = None,
) -> Engine:
    """The engine of the reporting database; nothing is connected yet.

    `tls` may name the files `ca`, `cert` and `key`; with `verify` "no" the connection is encrypted but the server
    not checked. An empty mapping means TLS with the system's authorities, None leaves it to the driver. The file of
    an SQLite database that is not absolute lies in `state_directory`.
    """
    check_url(url, REPORTING_DRIVERS, where="the reporting database")
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        arguments = {} if "timeout" in address.query else {"timeout": _LOCK_SECONDS}
        engine = create_engine(_sqlite_file(address, state_directory), connect_args=arguments, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
    elif address.get_backend_name() == "postgresql":
        engine = _server_engine(
            address.set(drivername="postgresql+psycopg"),
            _postgresql_arguments(address, connect_timeout, read_timeout, tls),
        )
    else:
        address = address.set(drivername=_mysql_driver(address))
        engine = _server_engine(
            address,
            _mysql_arguments(address, connect_timeout, read_timeout, tls),
            isolation_level="READ COMMITTED",
        )
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One state of the database for all statements within; nothing can be written and nothing stays open after."""
    with _failures(engine), engine.connect() as connection:
        connection.execution_options(**{_INTENT: "read"})
        with connection.begin() as transaction:
            yield connection
            transaction.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back when anything is raised within."""
    with _failures(engine), engine.connect() as connection:
        connection.execution_options(**{_INTENT: "write"})
        with connection.begin():
            yield connection


def with_retries(engine: Engine, work: Callable[[Connection], T], attempts: int = 5) -> T:
    """What `work` returns, done in a write transaction of its own, all of it once more after each conflict.

    `work` may run several times: it must keep nothing from one attempt to the next.
    """
    retrying = Retrying(
        retry=retry_if_exception_type(StoreConflict),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        before_sleep=_log_conflict,
        reraise=True,
    )

    def once() -> T:
        with writing(engine) as connection:
            return work(connection)

    return retrying(once)


def utc_now(connection: Connection) -> datetime:
    """The server's clock, UTC, in whole seconds: the only one that all writers share."""
    query = {
        "sqlite": "SELECT datetime('now')",
        "mysql": "SELECT utc_timestamp()",
        "postgresql": "SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')",
    }[dialect_kind(connection)]
    now = connection.exec_driver_sql(query).scalar_one()
    return datetime.fromisoformat(str(now))


def dialect_kind(connection_or_engine: Connection | Engine) -> Kind:
    """Which SQL the store speaks; MariaDB, Galera and TiDB all speak MySQL's."""
    name = connection_or_engine.dialect.name
    if name == "sqlite" or name == "postgresql":
        return name  # type: ignore[return-value]  # a plain str is not narrowed to a literal
    return "mysql"


def is_galera_or_tidb(connection: Connection) -> bool:
    """Whether the size of a transaction is limited, because the whole cluster has to agree on it at once."""
    if dialect_kind(connection) != "mysql":
        return False
    version = str(connection.exec_driver_sql("SELECT version()").scalar_one())
    replicates = connection.exec_driver_sql("SHOW VARIABLES LIKE 'wsrep_on'").first()
    return "tidb" in version.lower() or (replicates is not None and replicates[1] == "ON")


@contextmanager
def _failures(engine: Engine) -> Iterator[None]:
    try:
        yield
    except driver_errors(engine) as error:
        ours = translated(error, engine)
        if ours is None:
            raise
        raise ours from error


def _log_conflict(state: RetryCallState) -> None:
    reason = state.outcome.exception() if state.outcome else None
    LOG.warning("a write is repeated after a conflict attempt=%d reason=%s", state.attempt_number, reason)


def _begin(connection: Connection) -> None:
    intent = connection.get_execution_options().get(_INTENT)
    for statement in _BEGIN[dialect_kind(connection)].get(intent, ()):
        connection.exec_driver_sql(statement)


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
    connection.isolation_level = None  # the driver begins nothing by itself: _begin does
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma).close()


def _server_engine(address: URL, arguments: dict[str, Any], **options: Any) -> Engine:
    """An engine that checks a connection before it is used, and whose errors never quote the values of a row."""
    return create_engine(
        address,
        connect_args=arguments,
        pool_pre_ping=True,
        pool_recycle=_RECYCLE_SECONDS,
        hide_parameters=True,
        **options,
    )


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


def _mysql_arguments(
    address: URL, connect_timeout: int, read_timeout: int, tls: Mapping[str, str] | None
) -> dict[str, Any]:
    timeouts = {"connect_timeout": connect_timeout, "read_timeout": read_timeout, "write_timeout": read_timeout}
    arguments: dict[str, Any] = {name: value for name, value in timeouts.items() if name not in address.query}
    arguments["charset"] = "utf8mb4"
    arguments["local_infile"] = 1
    arguments["init_command"] = f"SET time_zone = '+00:00', sql_mode = '{_SQL_MODE}'"
    if tls is None:
        return arguments
    if address.drivername.endswith("mysqldb"):
        arguments["ssl"] = {name: tls[name] for name in ("ca", "cert", "key") if name in tls}
        arguments["ssl_mode"] = "VERIFY_IDENTITY" if _verifies(tls) else "REQUIRED"
    else:
        arguments["ssl"] = _tls_context(tls)
    return arguments


def _postgresql_arguments(
    address: URL, connect_timeout: int, read_timeout: int, tls: Mapping[str, str] | None
) -> dict[str, Any]:
    given = address.query.get("options", "")
    settings = f"-c timezone=UTC -c statement_timeout={read_timeout}s -c lock_timeout={_LOCK_SECONDS}s"
    arguments: dict[str, Any] = {"options": f"{settings} {given}".strip(), "keepalives_idle": 60}
    if "connect_timeout" not in address.query:
        arguments["connect_timeout"] = connect_timeout
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
