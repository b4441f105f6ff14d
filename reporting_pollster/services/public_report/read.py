"""Reads a report in a stream: a million rows need no more memory than a thousand.

The drivers of MySQL read all that is left of a result before they give up on it; so a connection whose reader went away
in the middle is thrown away instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, select

from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.public_report.catalogue import Kind, PublicReport, ReportColumn, public_report
from reporting_pollster.services.public_report.condition import condition_of
from reporting_pollster.services.public_report.freshness import Freshness, freshness
from reporting_pollster.services.public_report.order import after, marker_of, ordered, steps_of
from reporting_pollster.services.public_report.query import ReportQuery
from reporting_pollster.store.engine import dialect_kind, reading

BATCH_ROWS = 500
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Page:
    """Some rows, and the marker of the next page if there is one."""

    rows: Sequence[Values]
    marker: str | None


class OpenReport:
    """A report and its rows in one state of the database; the query runs when rows are asked for.

    Values are as JSON knows them but for times, which are ISO 8601 texts in UTC without saying so; flags are 0 and 1.
    """

    def __init__(self, connection: Connection, report: PublicReport, query: ReportQuery) -> None:
        self.report = report
        self._connection, self._query = connection, query
        names = dict.fromkeys(query.fields) or report.columns
        self.columns: tuple[ReportColumn, ...] = tuple(report.column(name) for name in names)
        self._converters = [
            (number, _PLAIN[column.kind]) for number, column in enumerate(self.columns) if column.kind in _PLAIN
        ]
        self._steps = steps_of(report, query)
        self.freshness = freshness(connection, report.name).get(report.name, Freshness())
        self._select = self._rows()
        self.is_unread = False

    def batches(self) -> Iterator[Sequence[Values]]:
        """All rows. The query has begun when this returns."""
        connection = self._connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS)
        result = connection.execute(self._select)
        self.is_unread = True
        return self._stream(result.partitions(BATCH_ROWS))

    def page(self) -> Page:
        """One page, of `limit` rows at most."""
        limit = self._query.limit
        assert limit is not None
        found = self._connection.execute(self._select.limit(limit + 1)).fetchall()
        rows = found[:limit]
        marker = marker_of(rows[-1][len(self.columns) :]) if len(found) > limit else None
        return Page([self._plain(row) for row in rows], marker)

    def _rows(self) -> Select[Any]:
        target, query = self.report.target, self._query
        wanted = [target.c[column.name] for column in self.columns]
        store = dialect_kind(self._connection)
        if query.limit is not None:  # the marker's values
            wanted += [step.target.label(f"order_{number}") for number, step in enumerate(self._steps)]
        rows = select(*wanted).where(*(condition_of(self.report, each, store) for each in query.filters))
        if query.marker is not None:
            rows = after(rows, self._steps, query.marker)
        return ordered(rows, self._steps)

    def _stream(self, partitions: Iterator[Sequence[Row[Any]]]) -> Iterator[Sequence[Values]]:
        for rows in partitions:
            yield [self._plain(row) for row in rows]
        self.is_unread = False

    def _plain(self, row: Sequence[Any]) -> Values:
        values = list(row[: len(self.columns)])
        for number, convert in self._converters:
            if values[number] is not None:
                values[number] = convert(values[number])
        return tuple(values)


@contextmanager
def open_public_report(engine: Engine, name: str, query: ReportQuery, most_rows: int) -> Iterator[OpenReport]:
    """A report, to be read while it is open. Raises UnknownName and WrongParameter before any query runs."""
    report = public_report(name)
    _check(query, most_rows)
    with reading(engine) as connection:
        opened = OpenReport(connection, report, query)
        try:
            yield opened
        finally:
            if opened.is_unread and dialect_kind(connection) == "mysql":
                connection.invalidate()


def _check(query: ReportQuery, most_rows: int) -> None:
    if query.limit is None:
        if query.marker is not None:
            raise WrongParameter("marker needs the limit of the page before")
    elif not 1 <= query.limit <= most_rows:
        raise WrongParameter(f"limit is a number from 1 to {most_rows}")


def _number(value: Any) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return float(value)


_PLAIN: dict[Kind, Callable[[Any], Any]] = {
    "integer": int,
    "number": _number,
    "flag": int,
    "moment": lambda value: value.isoformat(),
    "day": lambda value: value.isoformat(),
}
