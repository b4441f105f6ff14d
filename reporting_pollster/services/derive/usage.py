"""Adds up the use of each project on each day that is over.

Periods are streamed in the order of their projects, so that only one project's days are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, delete, or_, select, true

from reporting_pollster.derived.base import Timeline
from reporting_pollster.derived.usage_day import UsageDay
from reporting_pollster.domain.usage_days import DayTotals
from reporting_pollster.services.read_ahead import read_ahead
from reporting_pollster.store.bulk import append
from reporting_pollster.store.engine import reading, with_retries
from reporting_pollster.store.fill import drop_indexes, ensure_indexes, has_many
from reporting_pollster.store.lease import Held

_ROWS = 20_000
_MANY_DAYS = 30  # so many at once are worth making the indexes afterwards
_TABLE: Table = UsageDay.__table__  # type: ignore[assignment]
_KEY = ("day", "project_id", "kind", "type", "availability_zone", "state")
Row = tuple[Any, ...]


def add_up(timeline: Timeline, region: str, engine: Engine, held: Held, first: date, last: date) -> int:
    """The days from first to last (both included) of all projects anew; returns by how many rows there are more.

    Written in transactions of bounded size: whoever calls moves the mark afterwards, and an interrupted run is
    repeated as a whole.
    """
    columns = (*_KEY, *timeline.usage.amounts)
    these = (*_of(timeline, region), _TABLE.c.day >= first, _TABLE.c.day <= last)

    def clear(connection: Connection) -> int:
        return connection.execute(delete(_TABLE).where(*these)).rowcount

    count = -with_retries(engine, lambda connection: held.fenced(connection, clear))
    with reading(engine) as connection:
        is_empty = connection.execute(select(_TABLE.c.usage_id).limit(1)).first() is None
        is_large = has_many(connection, select(timeline.target.c.period_id))
    if is_empty and is_large and (last - first).days > _MANY_DAYS:
        drop_indexes(engine, held, _TABLE)
    with reading(engine) as connection, closing(_ahead(connection, timeline, region, first, last)) as batches:
        for rows in batches:

            def write(writer: Connection, rows: list[Row] = rows) -> None:
                append(writer, _TABLE, columns, rows, {"region": region})

            with_retries(engine, lambda writer: held.fenced(writer, write))
            count += len(rows)
    ensure_indexes(engine, held, _TABLE)
    return count


def add_up_project(
    connection: Connection, timeline: Timeline, region: str, project_id: str, first: date, last: date
) -> int:
    """The same for one project, within the caller's transaction."""
    mine = (*_of(timeline, region), _TABLE.c.project_id == project_id)
    these = (*mine, _TABLE.c.day >= first, _TABLE.c.day <= last)
    before = connection.execute(delete(_TABLE).where(*these)).rowcount
    table = timeline.target.c
    query = _periods(timeline, region, first, last)
    owner = table.project_id == project_id if project_id else or_(table.project_id.is_(None), table.project_id == "")
    rows = list(_totals(connection, timeline, query.where(owner), first, last))
    append(connection, _TABLE, (*_KEY, *timeline.usage.amounts), rows, {"region": region})
    return len(rows) - before


def _ahead(connection: Connection, timeline: Timeline, region: str, first: date, last: date) -> Generator[list[Row]]:
    periods = _periods(timeline, region, first, last)
    return read_ahead(_batches(_totals(connection, timeline, periods, first, last)))


def _of(timeline: Timeline, region: str) -> tuple[Any, ...]:
    return _TABLE.c.region == region, _TABLE.c.kind == timeline.resource


def _periods(timeline: Timeline, region: str, first: date, last: date) -> Select[Any]:
    table = timeline.target.c
    begin = datetime(first.year, first.month, first.day)
    end = datetime(last.year, last.month, last.day) + timedelta(days=1)
    return (
        timeline.usage.select()
        .where(table.region == region, table.known_to.is_(None), table.in_use == true())
        .where(table.valid_from < end, or_(table.valid_to.is_(None), table.valid_to > begin))
        .order_by(table.project_id)
    )


def _totals(connection: Connection, timeline: Timeline, query: Select[Any], first: date, last: date) -> Iterator[Row]:
    options = {"stream_results": True, "yield_per": 5000}  # of this statement alone: the connection may go on to write
    width = len(timeline.usage.amounts)
    project: str | None = None
    totals: DayTotals[tuple[str, str, str]] = DayTotals(first, last, width)
    for owner, kind, zone, state, start, end, *factors in connection.execute(query, execution_options=options):
        owner = owner or ""
        if owner != project:
            yield from _rows(timeline, project, totals)
            project, totals = owner, DayTotals(first, last, width)
        totals.add((kind, zone, state), start, end, factors)
    yield from _rows(timeline, project, totals)


def _rows(timeline: Timeline, project: str | None, totals: DayTotals[tuple[str, str, str]]) -> Iterator[Row]:
    for day, (kind, zone, state), amounts in totals.rows():
        yield (day, project, timeline.resource, kind, zone, state, *amounts)


def _batches(rows: Iterator[Row]) -> Generator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
