"""Periods of every kind of resource, in each month in which they lie.

A period of several months is in the folder of each, as it is, with the seconds that it has within that month: these
may be added up over months.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from reporting_pollster.derived import timelines
from reporting_pollster.derived.base import Timeline
from reporting_pollster.exports.field import Field, Row, fields_of
from reporting_pollster.reports.seconds import lies_in
from reporting_pollster.reports.versions import known
from reporting_pollster.services.export.month import Month, Part

_SECOND = timedelta(seconds=1)
_SUPERSEDED = "known_to"  # later than what is exported, and not known then
_SECONDS = Field("seconds", "integer", nullable=False, about="Seconds within the exported part of the month, UTC")


def periods(month: Month) -> Iterator[Part]:
    """A part for each kind."""
    for timeline in timelines().values():
        fields = fields_of(timeline.target, leave_out=(_SUPERSEDED,))
        yield Part(timeline.name, (*fields, _SECONDS), _rows(month, timeline))


def _rows(month: Month, timeline: Timeline) -> Iterator[Row]:
    table, until = timeline.target, month.asked.until_of(timeline.resource)
    columns = [column for column in table.c if column.name != _SUPERSEDED]
    query = (
        select(*columns)
        .where(table.c.region == month.asked.region, known(table.c, month.asked))
        .where(lies_in(table.c.valid_from, table.c.valid_to, month.begin, month.end, until))
        .order_by(table.c.period_id)
    )
    names = [column.name for column in columns]
    start, stop = names.index("valid_from"), names.index("valid_to")
    for row in month.stream(query):
        begin, end = within(row[start], row[stop], month.begin, month.end, until)
        yield (*row, seconds(begin, end))


def within(
    start: datetime, stop: datetime | None, begin: datetime, end: datetime, until: datetime
) -> tuple[datetime, datetime]:
    """What of [begin, end) lies between two times, or from one to when it is still known."""
    return max(start, begin), min(until if stop is None else stop, end)


def seconds(begin: datetime, end: datetime) -> int:
    """Whole seconds from one time to another."""
    return (end - begin) // _SECOND
