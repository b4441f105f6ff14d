"""The reporting database's engine, and the only two ways to a transaction: `reading` and `writing`.

Every store has its trap. SQLite's driver begins a transaction only before the first INSERT, so that a plan would be
made outside of the transaction that carries it out, and two writers would find out about each other at the worst
moment: here it begins where we say, writers with BEGIN IMMEDIATE. The servers let a report's second statement see
what its first did not: here a read sees one state. And whatever a server refuses because of others (deadlock,
certification, serialization) becomes one type of error, for which `with_retries` repeats the whole work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from sqlalchemy import Connection, Engine, event, make_url
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from reporting_pollster.config.url import REPORTING_DRIVERS, check_url
from reporting_pollster.errors import StoreConflict
from reporting_pollster.store import driver
from reporting_pollster.store.failure import driver_errors, translated

LOG = logging.getLogger(__name__)
T = TypeVar("T")
Kind = Literal["sqlite", "mysql", "postgresql"]

_INTENT = "reporting_pollster_intent"

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
    match address.get_backend_name():
        case "sqlite":
            engine = driver.sqlite_engine(address, state_directory)
        case "postgresql":
            engine = driver.postgresql_engine(address, driver.Limits(connect_timeout, read_timeout), tls)
        case _:
            engine = driver.mysql_engine(address, driver.Limits(connect_timeout, read_timeout), tls)
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
