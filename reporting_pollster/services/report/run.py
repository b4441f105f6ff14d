"""Runs one report: fills in the defaults, runs its query on one state of the database, and streams the rows.

The clock is the reporting database's. What still goes on is known to have lasted until its sources were last read; a
report of an earlier knowledge takes the instant of that knowledge instead.
Then nothing in the result depends on now, and it is the same whenever it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine

from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports import report_named
from reporting_pollster.reports.base import Asked, Column, Report
from reporting_pollster.reports.versions import ids_of_project
from reporting_pollster.services.permit import UNLIMITED, Permit, known_projects
from reporting_pollster.services.report.knowledge import Knowledge
from reporting_pollster.services.report.request import ReportRequest
from reporting_pollster.services.report.result import ReportResult, Row
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import utc_now
from reporting_pollster.store.limit import reading_at_most

_BATCH_ROWS = 2000
_SECOND = timedelta(seconds=1)


@contextmanager
def run_report(
    engine: Engine, region: str, name: str, request: ReportRequest, permit: Permit = UNLIMITED
) -> Iterator[ReportResult]:
    """The answer to a report; its rows are read from the database while it is open."""
    report = report_named(name)
    permit.require(report.told_to, f"the report {name}")
    whole_metadata()  # queries name tables of earlier versions
    with reading_at_most(engine, permit.seconds(report.detailed)) as connection:
        knowledge = Knowledge(connection, region, report.tables)
        asked = resolved(report, region, request, knowledge, utc_now(connection))
        if report.time == "span":
            permit.require_span(asked.begin, asked.end)
        asked = reaching(connection, asked, permit)
        columns = report.columns_by(asked.by)
        streaming = connection.execution_options(stream_results=True, max_row_buffer=_BATCH_ROWS)
        yield ReportResult(
            name=name,
            title=report.title,
            parameters=dict(parameters_of(report, asked, request)),
            columns=columns,
            rows=_rows(streaming, report, asked, columns),
            notes=(*knowledge_notes(report, asked, knowledge), *report.notes(asked)),
            charts=tuple(report.charts(asked.by)),
            begin=asked.begin if report.time == "span" else None,
            end=asked.end if report.time == "span" else None,
            as_of=asked.as_of if report.time == "instant" else None,
            as_known_at=asked.known_at,
        )


def reaching(connection: Connection, asked: Asked, permit: Permit) -> Asked:
    """What was asked, restricted to what may be told, with the project as an id or as a name.

    A list of ids lets a server use its index, a subquery does not.
    """
    if asked.project is None:
        return replace(asked, reach=permit.reach)
    ids = tuple(dict.fromkeys((asked.project, *sorted(connection.scalars(ids_of_project(asked))))))
    if permit is not UNLIMITED:
        ids = known_projects(connection, asked.region, permit.reach, asked.project, ids)
    return replace(asked, reach=permit.reach, projects=ids)


def resolved(report: Report, region: str, request: ReportRequest, knowledge: Knowledge, now: datetime) -> Asked:
    """What was asked with all defaults filled in, which depend on how far knowledge goes."""
    if request.known_at is not None and request.known_at > now:
        raise WrongParameter(f"as-known-at: {request.known_at} is to come", hint=f"it is {now} UTC now")
    known_until = request.known_at or knowledge.read_until or now
    last = known_until - _SECOND  # at midnight of the first, the month that has just ended
    begin = request.begin or datetime(last.year, last.month, 1)
    end = request.end or max(known_until, begin)
    if request.end is None and end <= begin:
        raise WrongParameter(
            f"from: nothing is known yet after {begin}", hint=f"the sources were read at {known_until}"
        )
    return Asked(
        region=region,
        begin=begin,
        end=end,
        until={} if request.known_at else knowledge.until,
        known_until=known_until,
        as_of=request.as_of or known_until,
        by=request.by or report.default_by,
        project=request.project,
        known_at=request.known_at,
        options={option.name: request.options.get(option.name, option.default) for option in report.options},
        added_up_to={} if request.known_at else knowledge.added_up_to,
    )


def parameters_of(report: Report, asked: Asked, request: ReportRequest) -> Iterator[tuple[str, str]]:
    """What was asked, defaults included."""
    if report.time == "span":
        yield "from", _utc(asked.begin)
        yield "to", _utc(asked.end)
    if report.time == "instant":
        yield "as-of", _utc(asked.as_of)
    if report.by:
        yield "by", asked.by
    if asked.project is not None:
        yield "project", asked.project
    for name, value in asked.options.items():
        yield name, str(value)
    if asked.known_at is not None:
        yield "as-known-at", _utc(asked.known_at)


def knowledge_notes(report: Report, asked: Asked, knowledge: Knowledge) -> Iterator[str]:
    """On what knowledge an answer rests."""
    if asked.known_at is not None:
        yield f"As known at {_utc(asked.known_at)}."
    elif knowledge.read_until is None:
        yield "The sources have never been read: run `reporting-pollster sync`."
    elif report.remembers:
        since = f"since {_utc(knowledge.known_at)}" if knowledge.known_at else "now"
        yield f"As known {since}; the sources were last read at {_utc(knowledge.read_until)}."
    else:
        yield f"As the sources were last read, at {_utc(knowledge.read_until)}."
    if report.time == "span" and asked.known_until < asked.end:
        yield f"What goes on is counted until {_utc(asked.known_until)}: nothing is known beyond."
    if asked.known_at is None:
        for table, at in knowledge.late.items():
            yield f"Late: {table} was last read at {_utc(at)}, and what goes on of it is counted until then."


def _rows(connection: Connection, report: Report, asked: Asked, columns: tuple[Column, ...]) -> Iterator[Row]:
    yield from converted(connection.execute(report.query(asked)), columns)


def converted(rows: Iterable[Any], columns: tuple[Column, ...]) -> Iterator[Row]:
    """Rows as a driver gives them, with values of the types that the columns say."""
    converters = [_CONVERTERS[column.kind] for column in columns]
    for row in rows:
        yield tuple(None if value is None else convert(value) for convert, value in zip(converters, row, strict=True))


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


# Drivers have their own ideas of sums (Decimal), of times out of expressions (text) and of true (1).
_CONVERTERS: dict[str, Callable[[Any], object]] = {
    "text": str,
    "integer": int,
    "decimal": lambda value: value if isinstance(value, Decimal) else Decimal(str(value)),
    "moment": _moment,
    "day": _day,
    "flag": bool,
}


def _utc(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
