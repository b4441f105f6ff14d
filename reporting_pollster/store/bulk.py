"""Many rows into one table, as fast as the server takes them: LOAD DATA, COPY, or the driver's own executemany.

The trap is LOAD DATA LOCAL, which does not fail: a value that does not fit is clipped, a duplicate is skipped, and both
are only warnings, even on a strict connection. So the rows are counted and any warning is an error. The file that it
asks for is a piece of memory with a name below /dev/fd: nothing touches the disk, and unlike a pipe it needs no thread
and cannot block when the server stops reading in the middle.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from io import BufferedWriter
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table

from reporting_pollster.errors import PollsterError
from reporting_pollster.store import copytext
from reporting_pollster.store.copytext import Row
from reporting_pollster.store.engine import dialect_kind
from reporting_pollster.store.failure import driver_errors, translated

# Below this a multi-row INSERT is one round trip, and LOAD DATA three.
SMALL_ROWS = 200

_REFUSED = "reporting_pollster_local_infile_refused"
_LOCAL_INFILE_REFUSED = frozenset({1148, 2068, 3948, 4166})
_AS_TEXT = frozenset({Decimal, datetime, date})  # what SQLite's driver cannot bind, or only in a deprecated way


class BulkError(PollsterError):
    """The server would not take the rows as they are; the transaction must be rolled back."""


@dataclass(frozen=True)
class _Batch:
    """Rows on their way, with the names quoted for the store."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[Row]
    constants: Row  # the values of the last columns, the same for all rows

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    @cached_property
    def kinds(self) -> frozenset[type]:
        return frozenset(map(type, self.values()))

    def values(self) -> Iterator[Any]:
        return chain(chain.from_iterable(self.rows), self.constants)


def append(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Row],
    constants: Mapping[str, Any] = {},
) -> None:
    """Append the rows to the table within the caller's transaction, or raise a BulkError if one of them changed.

    A row has the values of `columns`, in that order; the columns in `constants` have one value for all rows.
    """
    if not rows:
        return
    quote = connection.dialect.identifier_preparer
    batch = _Batch(
        quote.format_table(table),
        tuple(quote.quote(name) for name in (*columns, *constants)),
        rows,
        tuple(constants.values()),
    )
    method = {"sqlite": _insert, "mysql": _load_or_insert, "postgresql": _copy}[dialect_kind(connection)]
    with _failures(connection, batch):
        _check_values(batch)
        method(connection, batch)


@contextmanager
def _failures(connection: Connection, batch: _Batch) -> Iterator[None]:
    """Conflicts and lost connections as everywhere; all else is about the rows."""
    expected: tuple[type[BaseException], ...] = (*driver_errors(connection.engine), UnicodeEncodeError, OverflowError)
    try:
        yield
    except expected as error:
        raise translated(error, connection.engine) or _refused(batch, _reason(error)) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, UnicodeEncodeError):  # whose text would quote the value
        return "a text that is not Unicode: it holds half of a surrogate pair"
    return " ".join(str(error.args[-1] if error.args else error).split())


def _refused(batch: _Batch, reason: str) -> BulkError:
    return BulkError(f"cannot append to {batch.table}", rows=len(batch.rows), reason=reason)


def _check_values(batch: _Batch) -> None:
    """Refuse what a store would change in silence: SQLite takes NaN for NULL, and no text stands for bytes."""
    unknown = ", ".join(sorted(kind.__name__ for kind in batch.kinds - copytext.TEXTS.keys()))
    if unknown:
        raise _refused(batch, f"values of type {unknown} cannot be written")
    if float in batch.kinds and any(value != value for value in batch.values()):  # NaN alone is not itself
        raise _refused(batch, "NaN is no number to report")


def _insert(connection: Connection, batch: _Batch) -> None:
    """The driver's own way: prepared once on SQLite, as multi-row statements on MySQL."""
    mark = "?" if dialect_kind(connection) == "sqlite" else "%s"
    marks = ", ".join([mark] * len(batch.columns))
    with closing(_driver(connection).cursor()) as cursor:
        cursor.executemany(f"INSERT INTO {batch.table} ({batch.names}) VALUES ({marks})", _bindable(batch))


def _bindable(batch: _Batch) -> Sequence[Row]:
    """The rows with their constants, where nothing is left that a driver would not know how to bind."""
    rows = [(*row, *batch.constants) for row in batch.rows] if batch.constants else batch.rows
    if not batch.kinds & _AS_TEXT:
        return rows
    return [tuple(copytext.TEXTS[type(v)](v) if type(v) in _AS_TEXT else v for v in row) for row in rows]


def _load_or_insert(connection: Connection, batch: _Batch) -> None:
    """LOAD DATA where it is worth it and allowed; a connection that was refused once is not asked again."""
    if len(batch.rows) < SMALL_ROWS or connection.info.get(_REFUSED) or not hasattr(os, "memfd_create"):
        _insert(connection, batch)
        return
    try:
        _load(connection, batch)
    except driver_errors(connection.engine) as error:
        if not error.args or error.args[0] not in _LOCAL_INFILE_REFUSED:
            raise
        connection.info[_REFUSED] = True
        _insert(connection, batch)


def _load(connection: Connection, batch: _Batch) -> None:
    with _memory_file() as file, closing(_driver(connection).cursor()) as cursor:
        for part in copytext.encoded(batch.rows, batch.constants, copytext.MYSQL):
            file.write(part)
        file.flush()
        cursor.execute(
            f"LOAD DATA LOCAL INFILE '/dev/fd/{file.fileno()}' INTO TABLE {batch.table} CHARACTER SET utf8mb4 "
            f"FIELDS TERMINATED BY X'1F' ESCAPED BY X'5C' LINES TERMINATED BY X'1E' ({batch.names})"
        )
        _check_loaded(cursor, batch)


@contextmanager
def _memory_file() -> Iterator[BufferedWriter]:
    with open(os.memfd_create("reporting-pollster"), "wb") as file:
        yield file


def _check_loaded(cursor: Any, batch: _Batch) -> None:
    loaded = cursor.rowcount
    cursor.execute("SELECT @@warning_count")
    (warnings,) = cursor.fetchone()
    if loaded == len(batch.rows) and not warnings:
        return
    cursor.execute("SHOW WARNINGS LIMIT 1")
    _level, _code, reason = cursor.fetchone() or (None, None, f"{loaded} rows arrived")
    raise _refused(batch, f"{reason} ({warnings} warnings)")


def _copy(connection: Connection, batch: _Batch) -> None:
    statement = f"COPY {batch.table} ({batch.names}) FROM STDIN (DELIMITER E'\\x1f', ENCODING 'UTF8')"
    with _driver(connection).cursor() as cursor:
        with cursor.copy(statement) as copy:
            for part in copytext.encoded(batch.rows, batch.constants, copytext.POSTGRESQL):
                copy.write(part)
        if cursor.rowcount != len(batch.rows):
            raise _refused(batch, f"{cursor.rowcount} rows arrived")


def _driver(connection: Connection) -> Any:
    """The driver's connection: SQLAlchemy's own path would cost more than the server's work."""
    return connection.connection.driver_connection
