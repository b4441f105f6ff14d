"""What was used in a time span, exactly, from two places.

Whole past days are added up in `usage_day` already, so a month is a small part of a small table. What is left (partial
days at both ends, today, and days that are not added up yet) comes from the periods themselves, and so does everything
that must be told apart by what `usage_day` does not know, or as it was known at an earlier instant. Both count the same
periods with the same factors in whole seconds, so they agree exactly, and amounts may be added up over any grouping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, case, cast, func, literal, literal_column, select, union_all
from sqlalchemy.types import BigInteger

from reporting_pollster.derived import timelines
from reporting_pollster.derived.base import Timeline
from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Asked, Column, hours
from reporting_pollster.reports.seconds import lies_in, overlap
from reporting_pollster.reports.versions import known, of_project, table, versions

_MOST_PIECES = 400  # SQLite takes 500 SELECTs in one statement
_DAY = timedelta(days=1)


class Amount(NamedTuple):
    """One amount of a report: the kind of resource, and the column of usage_day."""

    column: Column
    kind: str
    source: str

    @property
    def name(self) -> str:
        return self.column.name


AMOUNTS = (
    Amount(hours("instance_seconds", "Instance-h", "s"), "instance", "seconds"),
    Amount(hours("vcpu_seconds", "vCPU-h", "vCPU·s"), "instance", "vcpu_seconds"),
    Amount(hours("memory_mb_seconds", "Memory GB-h", "MB·s", per=3600 * 1024), "instance", "memory_mb_seconds"),
    Amount(hours("root_gb_seconds", "Root disk GB-h", "GB·s"), "instance", "root_gb_seconds"),
    Amount(hours("ephemeral_gb_seconds", "Ephemeral GB-h", "GB·s"), "instance", "ephemeral_gb_seconds"),
    Amount(hours("volume_seconds", "Volume-h", "s"), "volume", "seconds"),
    Amount(hours("volume_gb_seconds", "Volume GB-h", "GB·s"), "volume", "size_gb_seconds"),
    Amount(hours("snapshot_gb_seconds", "Snapshot GB-h", "GB·s"), "snapshot", "size_gb_seconds"),
    Amount(hours("backup_gb_seconds", "Backup GB-h", "GB·s"), "backup", "size_gb_seconds"),
    Amount(hours("image_mb_seconds", "Image GB-h", "MB·s", per=3600 * 1024), "image", "size_mb_seconds"),
    Amount(hours("floating_ip_seconds", "Floating IP-h", "s"), "floating_ip", "seconds"),
)
NAMES = tuple(amount.name for amount in AMOUNTS)


@dataclass(frozen=True)
class Key:
    """What amounts are told apart by: in usage_day, where it can tell, and of periods.

    `by_time` cuts the span at days or months and names each piece; then the others say nothing.
    """

    name: str
    of_day: Callable[[], ColumnElement[Any]] | None = None
    of_period: Callable[[Timeline, Select[Any], Asked], ColumnElement[Any]] | None = None
    by_time: str = ""


def _only(kinds: tuple[str, ...]) -> tuple[Any, Any]:
    """The type, of some kinds of resources alone."""

    def of_day() -> ColumnElement[Any]:
        day = table("usage_day").c
        return case((day.kind.in_(kinds), day.type), else_="")

    def of_period(timeline: Timeline, rows: Select[Any], asked: Asked) -> ColumnElement[Any]:
        return _type(timeline, rows, asked) if timeline.resource in kinds else literal("")

    return of_day, of_period


def _type(timeline: Timeline, rows: Select[Any], asked: Asked) -> ColumnElement[Any]:
    period = timeline.target.c
    if asked.known_at is None or "volume_type" not in period:
        return rows.selected_columns.type
    kind = versions("volume_type", asked, "id", "name")
    name = select(kind.c.name).where(kind.c.id == period.volume_type).scalar_subquery()
    return func.coalesce(name, period.volume_type, "")


def _user(timeline: Timeline, rows: Select[Any], asked: Asked) -> ColumnElement[Any]:
    """Who created the resource: as its periods or, for what no period tells, its row says."""
    if "created_by" in timeline.target.c:
        return func.coalesce(timeline.target.c.created_by, "")
    rows_of = table(timeline.resource).c
    if "user_id" not in rows_of:
        return literal("")
    period = timeline.target.c
    user = select(rows_of.user_id).where(rows_of.id == period.id, rows_of.region == period.region).scalar_subquery()
    return func.coalesce(user, "")


def _project(timeline: Timeline, rows: Select[Any], asked: Asked) -> ColumnElement[Any]:
    return func.coalesce(rows.selected_columns.project_id, "")


PROJECT = Key("project_id", lambda: table("usage_day").c.project_id, _project)
USER = Key("user_id", None, _user)
FLAVOUR = Key("flavour", *_only(("instance",)))
VOLUME_TYPE = Key("volume_type", *_only(("volume", "snapshot")))
ZONE = Key("zone", lambda: table("usage_day").c.availability_zone, lambda _, rows, asked: rows.selected_columns.zone)
STATE = Key("state", lambda: table("usage_day").c.state, lambda _, rows, asked: rows.selected_columns.state)
DAY = Key("day", by_time="day")
MONTH = Key("month", by_time="month")


def consumption(asked: Asked, keys: Sequence[Key], begin: datetime, end: datetime) -> Select[Any]:
    """The amounts of [begin, end) by some keys: their columns, then those of NAMES; a key may be in several rows."""
    whole = _Whole.of(asked, begin, end, all(key.of_day or key.by_time for key in keys))
    parts = [*_days(asked, keys, whole), *_periods(asked, keys, whole)]
    if len(parts) == 1:
        return parts[0]
    every = union_all(*parts).subquery()
    columns = [every.c[key.name] for key in keys]
    return select(*columns, *(func.sum(every.c[name]).label(name) for name in NAMES)).group_by(*columns)


@dataclass(frozen=True)
class _Whole:
    """Which days of a span are taken from usage_day, per kind of resource, and the pieces that are left."""

    begin: datetime
    end: datetime
    last: dict[str, date]
    first: date

    @classmethod
    def of(cls, asked: Asked, begin: datetime, end: datetime, possible: bool) -> _Whole:
        first = begin.date() if begin.time() == time() else begin.date() + _DAY
        ends = end.date() - _DAY
        days = asked.added_up_to if possible else {}
        last = {kind: min(ends, day) for kind, day in days.items() if min(ends, day) >= first}
        return cls(begin, end, last, first)

    def left(self, kind: str) -> list[tuple[datetime, datetime]]:
        """What of the span has to come from the periods of a kind."""
        if kind not in self.last:
            return [(self.begin, self.end)]
        begin, end = midnight(self.first), midnight(self.last[kind] + _DAY)
        pieces = [(self.begin, begin), (end, self.end)]
        return [(start, stop) for start, stop in pieces if start < stop]


def midnight(day: date) -> datetime:
    """The first instant of a day."""
    return datetime.combine(day, time())


def pieces(begin: datetime, end: datetime, unit: str) -> Iterator[tuple[datetime, datetime]]:
    """A span cut at each begin of a day or month."""
    start = begin
    while start < end:
        day = midnight(start.date())
        following = day + _DAY if unit == "day" else datetime(day.year + day.month // 12, day.month % 12 + 1, 1)
        yield start, min(following, end)
        start = following


def _days(asked: Asked, keys: Sequence[Key], whole: _Whole) -> Iterator[Select[Any]]:
    """What usage_day has: a query for each month when months are told apart."""
    day_of = table("usage_day").c
    for last in sorted(set(whole.last.values())):
        kinds = sorted(kind for kind, day in whole.last.items() if day == last)
        span = (midnight(whole.first), midnight(last + _DAY))
        monthly = any(key.by_time == "month" for key in keys)
        for start, stop in pieces(*span, "month") if monthly else [span]:
            columns = [_of_day(key, start).label(key.name) for key in keys]
            yield (
                select(*columns, *map(_sum_of_days, AMOUNTS))
                .where(day_of.region == asked.region, day_of.day >= start.date(), day_of.day < stop.date())
                .where(day_of.kind.in_(kinds), of_project(day_of.project_id, asked))
                .group_by(*_places(columns))
            )


def _of_day(key: Key, start: datetime) -> ColumnElement[Any]:
    if key.by_time == "day":
        return table("usage_day").c.day
    if key.by_time == "month":
        return literal(f"{start:%Y-%m}")
    assert key.of_day is not None
    return key.of_day()


def _places(columns: Sequence[object]) -> list[ColumnElement[Any]]:
    """Columns by their number: an expression with parameters is never the same twice to a server."""
    return [literal_column(str(number)) for number, _ in enumerate(columns, start=1)]


def _sum_of_days(amount: Amount) -> ColumnElement[Any]:
    day = table("usage_day").c
    return func.sum(case((day.kind == amount.kind, day[amount.source]), else_=0)).label(amount.name)


def _periods(asked: Asked, keys: Sequence[Key], whole: _Whole) -> Iterator[Select[Any]]:
    """What the periods have of the rest: a query for each piece."""
    units = [key.by_time for key in keys if key.by_time]
    for timeline in timelines().values():
        cut = [
            piece
            for start, stop in whole.left(timeline.resource)
            for piece in (pieces(start, stop, units[0]) if units else [(start, stop)])
        ]
        if len(cut) > _MOST_PIECES:
            raise WrongParameter("the time span is too long to be told by day", hint="ask for 400 days at most")
        for start, stop in cut:
            yield _of_piece(timeline, asked, keys, start, stop)


def _of_piece(timeline: Timeline, asked: Asked, keys: Sequence[Key], start: datetime, stop: datetime) -> Select[Any]:
    rows = timeline.usage.select()
    given, period = rows.selected_columns, timeline.target.c
    seconds = overlap(given.valid_from, given.valid_to, start, stop, asked.until_of(timeline.resource))
    factors = {amount.name: amount.source for amount in AMOUNTS if amount.kind == timeline.resource}
    sums = [
        func.sum(cast(seconds * given[factors[name]], BigInteger)) if name in factors else cast(literal(0), BigInteger)
        for name in NAMES
    ]
    columns = [_of_period(key, timeline, rows, asked, start).label(key.name) for key in keys]
    return (
        rows.with_only_columns(*columns, *(each.label(name) for each, name in zip(sums, NAMES, strict=True)))
        .where(period.region == asked.region, known(period, asked), period.in_use)
        .where(lies_in(period.valid_from, period.valid_to, start, stop, asked.until_of(timeline.resource)))
        .where(of_project(period.project_id, asked))
        .group_by(*_places(columns))
    )


def _of_period(key: Key, timeline: Timeline, rows: Select[Any], asked: Asked, start: datetime) -> ColumnElement[Any]:
    if key.by_time == "day":
        return literal(start.date(), Date())
    if key.by_time == "month":
        return literal(f"{start:%Y-%m}")
    assert key.of_period is not None
    return key.of_period(timeline, rows, asked)
