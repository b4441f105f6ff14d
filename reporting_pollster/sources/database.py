"""One source database: a connection that can only read, and rows in batches.

Every session is read-only by the server's own means (`START TRANSACTION READ ONLY`, SQLite `mode=ro`), on top of an
account that may only SELECT. A snapshot shows one state of the database to all statements of a cycle; without one,
each statement stands alone and nothing stays open on the production server between pages.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, Executable, Select, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import ClauseElement

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.entities.source import SourceTables
from reporting_pollster.errors import SourceSchemaError, SourceUnavailable
from reporting_pollster.sources.broken_text import rows_one_by_one, text_or_bytes
from reporting_pollster.sources.drivers import abandon, connect_arguments, driver_url, streaming_cursor

LOG = logging.getLogger(__name__)
Row = tuple[Any, ...]
Record = dict[str, Any]  # by the names of the columns in lower case: servers differ in that

BATCH_ROWS = 5000
_NOT_ALLOWED = {1044, 1045, 1142, 1143, 1227, 1049}  # MySQL: no right to the database, table or column; no database
_NOT_THERE = {1054, 1146}  # unknown column, no such table: an upgrade between our look and our read


class Database:
    """A configured source database; connects when it is first read.

    `name` is the settings group, or the cell's name for nova cells.
    """

    def __init__(self, name: str, settings: DatabaseSettings) -> None:
        self.name = name
        self.settings = settings
        self._url = driver_url(settings)
        self._streaming = streaming_cursor(self._url)
        self._named: set[str] = set()

    @property
    def host(self) -> str | None:
        """For messages: where it is, without any credential."""
        return self._url.host or self._url.database

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @cached_property
    def _engine(self) -> Engine:
        url, arguments = self._url, connect_arguments(self.settings, self._url)
        if self.is_sqlite:
            location = f"file:{quote(url.database or '')}?mode=ro"
            return create_engine("sqlite://", creator=lambda: _open_sqlite(location, arguments), poolclass=QueuePool)
        return create_engine(
            url, connect_args=arguments, pool_size=1, pool_recycle=600, pool_pre_ping=True, hide_parameters=True
        )

    @cached_property
    def tables(self) -> SourceTables:
        """The tables and columns that this account can read, looked up once."""
        with self.session() as session:
            return SourceTables(self.name, session.columns())

    @cached_property
    def indexes(self) -> Mapping[str, frozenset[tuple[str, ...]]] | None:
        """The columns of each table's indexes, in their order; None where nobody needs to know (SQLite)."""
        if self.is_sqlite:
            return None
        with self.session() as session:
            return session.indexes()

    def newly_absent(self) -> list[str]:
        """The optional columns and tables that were asked for in vain, but for those that were named before."""
        absent = self.tables.absent - self._named
        self._named |= absent
        return sorted(absent)

    @contextmanager
    def session(self, *, snapshot: bool = False) -> Iterator[Session]:
        """A read-only connection; with `snapshot`, all its statements see the same state."""
        try:
            connection = self._engine.raw_connection()
        except (DBAPIError, self._errors) as error:
            raise self._unavailable("connect to", error) from error
        try:
            session = Session(self, connection.driver_connection, self._streaming)
            session.begin(snapshot=snapshot)
            yield session
            session.end()
        except BaseException:
            connection.invalidate()  # half-read results and broken connections are not used again
            raise
        finally:
            with suppress(Exception):
                connection.close()

    def close(self) -> None:
        """Give up all connections."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    @property
    def _errors(self) -> type[Exception]:
        error: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        return error

    @contextmanager
    def failures(self, statement: str) -> Iterator[None]:
        """Translate the driver's errors into ours."""
        try:
            yield
        except (self._errors, OSError) as error:
            LOG.debug("a read failed database=%s statement=%s", self.name, statement)
            code = error.args[0] if error.args else None
            if code in _NOT_ALLOWED | _NOT_THERE or "no such" in str(error):
                self.__dict__.pop("tables", None)  # look again next time
                self.__dict__.pop("indexes", None)
                raise SourceSchemaError(
                    f"cannot read from the {self.name} database: {_first_line(error)}",
                    hint="check the GRANTs (`reporting-pollster grants`), or wait for a running upgrade to finish",
                    host=self.host,
                ) from error
            raise self._unavailable("read from", error) from error

    def _unavailable(self, action: str, error: Exception) -> SourceUnavailable:
        cause = getattr(error, "orig", None) or error
        return SourceUnavailable(
            f"cannot {action} the {self.name} database: {_first_line(cause)}",
            hint=f"check [{self.settings.group or self.name}] connection, and that the server answers",
            host=self.host,
        )


class Session:
    """One connection in use."""

    def __init__(self, database: Database, connection: Any, streaming: Any) -> None:
        self._database = database
        self._connection = connection
        self._streaming = streaming
        self._dialect = database._engine.dialect

    @property
    def tables(self) -> SourceTables:
        return self._database.tables

    def begin(self, *, snapshot: bool) -> None:
        if self._database.is_sqlite:
            if snapshot:
                self._run("BEGIN")
        elif snapshot:
            self._run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self._run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        else:
            self._run("SET SESSION TRANSACTION READ ONLY")
            self._run("SET autocommit = 1")

    def end(self) -> None:
        if self._database.is_sqlite:
            if self._connection.in_transaction:
                self._run("ROLLBACK")
        else:
            self._run("ROLLBACK")

    def now(self) -> datetime:
        """The source's clock, UTC, whole seconds: the only clock that its times may be compared with."""
        statement = "SELECT datetime('now')" if self._database.is_sqlite else "SELECT UTC_TIMESTAMP()"
        return datetime.fromisoformat(str(self._run(statement)[0][0])[:19])

    def columns(self) -> Mapping[str, frozenset[str]]:
        """Readable columns by table; MySQL lists only what the account may see."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, column in self._run(_SQLITE_COLUMNS if self._database.is_sqlite else _MYSQL_COLUMNS):
            found[name].add(column)
        return {name: frozenset(columns) for name, columns in found.items()}

    def indexes(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """The columns of each index, in order, by table; as far as they can be seen from the first one on.

        Columns without a GRANT are hidden: what follows one of them is no beginning of an index.
        """
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name, index, column, place in self._run(_MYSQL_INDEXES):
            if int(place) == len(found[name, index]) + 1:
                found[name, index].append(column)
        by_table: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for (name, _), columns in found.items():
            by_table[name].add(tuple(columns))
        return {name: frozenset(columns) for name, columns in by_table.items()}

    def rows(self, select: Executable) -> list[Row]:
        """All rows of a small result."""
        return [row for batch in self.stream(select) for row in batch]

    def stream(self, select: Executable, size: int = BATCH_ROWS) -> Iterator[list[Row]]:
        """Rows in batches of at most `size`, left on the server until they are asked for; broken texts are bytes."""
        statement, _parameters = self._compiled(select)
        given = 0
        with self._database.failures(statement):
            try:
                with _open(self._execute(select)) as cursor:
                    while batch := cursor.fetchmany(size):
                        given += len(batch)
                        yield list(batch)
            except UnicodeDecodeError:
                LOG.debug("a text is not UTF-8 database=%s statement=%s", self._database.name, statement)
                assert isinstance(select, Select)
                rows = islice(rows_one_by_one(select, self._execute), given, None)
                while batch := list(islice(rows, size)):
                    yield batch

    def _execute(self, select: Executable) -> Any:
        cursor = self._connection.cursor(self._streaming) if self._streaming else self._connection.cursor()
        try:
            cursor.execute(*self._compiled(select))
        except BaseException:
            abandon(cursor)
            raise
        return cursor

    def explain(self, select: Executable) -> list[Record]:
        """What the server says it would do."""
        statement, parameters = self._compiled(select)
        prefix = "EXPLAIN QUERY PLAN " if self._database.is_sqlite else "EXPLAIN "
        return _records(*self._answer(prefix + statement, parameters))

    def ask(self, statement: str) -> list[Record]:
        """A statement of the server's own administration (SHOW, information_schema); reads only."""
        return _records(*self._answer(statement))

    def _run(self, statement: str) -> list[Row]:
        return self._answer(statement)[1]

    def _answer(self, statement: str, parameters: Any = ()) -> tuple[list[str], list[Row]]:
        with self._database.failures(statement):
            cursor = self._connection.cursor()
            try:
                cursor.execute(statement, parameters) if parameters else cursor.execute(statement)
                names = [column[0] for column in cursor.description or ()]
                return names, list(cursor.fetchall()) if names else []
            finally:
                cursor.close()

    def _compiled(self, select: Executable) -> tuple[str, Any]:
        assert isinstance(select, ClauseElement)
        compiled = select.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
        positions = getattr(compiled, "positiontup", None)
        values = compiled.params
        return str(compiled), tuple(values[name] for name in positions) if positions else dict(values)


_MYSQL_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() "
    "ORDER BY table_name, ordinal_position"
)
_MYSQL_INDEXES = (
    "SELECT table_name, index_name, column_name, seq_in_index FROM information_schema.statistics "
    "WHERE table_schema = DATABASE() "
    "ORDER BY table_name, index_name, seq_in_index"
)
_SQLITE_COLUMNS = (
    "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type IN ('table', 'view')"
)


def _open_sqlite(location: str, arguments: Mapping[str, Any]) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(location, uri=True, isolation_level=None, **arguments)
    connection.text_factory = text_or_bytes
    return connection


@contextmanager
def _open(cursor: Any) -> Iterator[Any]:
    """Close the cursor afterwards; what closing it says after a failure is of no interest."""
    try:
        yield cursor
    except BaseException:
        abandon(cursor)
        raise
    cursor.close()


def _records(names: Iterable[str], rows: Iterable[Row]) -> list[Record]:
    lower = [name.lower() for name in names]
    return [dict(zip(lower, row, strict=True)) for row in rows]


def _first_line(error: BaseException) -> str:
    text = str(error.args[1] if len(error.args) > 1 else error)
    return text.splitlines()[0][:300] if text else type(error).__name__
