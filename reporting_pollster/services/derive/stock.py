"""Keeps historical_usage: what all instances took at the end of each day.

A resource counts on the days between the date on which it began to be so and the date on which it ceased to. Built by
two sums per day and a running total; a correction adds its difference to the days from its date on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, func, insert, or_, select, update

from reporting_pollster.derived.base import Timeline
from reporting_pollster.derived.historical_usage import HistoricalUsage
from reporting_pollster.domain.timeline.difference import Difference, Span
from reporting_pollster.domain.usage_days import EARLIEST

_TABLE: Table = HistoricalUsage.__table__  # type: ignore[assignment]


def build_stock(connection: Connection, timeline: Timeline, region: str, last: date) -> None:
    """All days anew, up to the last one."""
    connection.execute(delete(_TABLE).where(_TABLE.c.region == region))
    changes: defaultdict[date, list[int]] = defaultdict(lambda: [0] * len(timeline.stock))
    for sign, column in ((1, "valid_from"), (-1, "valid_to")):
        for day, *amounts in connection.execute(_per_day(timeline, region, column)):
            _add(changes[max(_as_date(day), EARLIEST)], amounts, sign)
    _insert(connection, timeline, region, _running(changes, last))


def extend_stock(connection: Connection, timeline: Timeline, region: str, first: date, last: date) -> None:
    """Add days that are over now."""
    totals = [list(connection.execute(_at_end_of(timeline, region, day)).one()) for day in _days(first, last)]
    _insert(connection, timeline, region, zip(_days(first, last), totals, strict=True))


def correct_stock(
    connection: Connection, timeline: Timeline, region: str, differences: Iterable[Difference], last: date
) -> None:
    """Change the days, up to the last one, on which something else was so than was believed."""
    changes: defaultdict[date, list[int]] = defaultdict(lambda: [0] * len(timeline.stock))
    for difference in differences:
        for sign, spans in ((-1, difference.before), (1, difference.after)):
            for span in spans:
                amounts = _amounts(timeline, span)
                _add(changes[max(span.start.date(), EARLIEST)], amounts, sign)
                if span.end is not None:
                    _add(changes[max(span.end.date(), EARLIEST)], amounts, -sign)
    due = {day: amounts for day, amounts in changes.items() if any(amounts) and day <= last}
    if not due:
        return
    _fill_before(connection, timeline, region, min(due))
    for day, amounts in sorted(due.items()):
        values = {name: _TABLE.c[name] + amount for name, amount in zip(timeline.stock, amounts, strict=True) if amount}
        later = and_(_TABLE.c.region == region, _TABLE.c.day >= day)
        connection.execute(update(_TABLE).where(later).values(values))


def _fill_before(connection: Connection, timeline: Timeline, region: str, day: date) -> None:
    """The days between an earlier beginning and the first one known, on which nothing was there."""
    known = connection.scalar(select(func.min(_TABLE.c.day)).where(_TABLE.c.region == region))
    if known is not None and day < known:
        nothing = [0] * len(timeline.stock)
        _insert(connection, timeline, region, ((each, nothing) for each in _days(day, known - timedelta(days=1))))


def _amounts(timeline: Timeline, span: Span) -> list[int]:
    said: Mapping[str, Any] = dict(zip(timeline.columns, span.values, strict=True))
    return [sum(said[name] or 0 for name in names) for names in timeline.stock.values()]


def _sums(timeline: Timeline) -> list[ColumnElement[Any]]:
    table = timeline.target.c
    return [
        func.coalesce(sum((func.sum(func.coalesce(table[name], 0)) for name in names[1:]),
                          func.sum(func.coalesce(table[names[0]], 0))), 0)
        for names in timeline.stock.values()
    ]  # fmt: skip


def _per_day(timeline: Timeline, region: str, column: str) -> Select[Any]:
    table = timeline.target.c
    day = func.date(table[column])
    return (
        select(day, *_sums(timeline))
        .where(table.known_to.is_(None), table.region == region, table[column].is_not(None))
        .group_by(day)
    )


def _at_end_of(timeline: Timeline, region: str, day: date) -> Select[Any]:
    table, end = timeline.target.c, datetime(day.year, day.month, day.day) + timedelta(days=1)
    lives = or_(table.valid_to.is_(None), table.valid_to >= end)
    return select(*_sums(timeline)).where(
        table.known_to.is_(None), table.region == region, table.valid_from < end, lives
    )


def _running(changes: Mapping[date, Sequence[int]], last: date) -> Iterator[tuple[date, list[int]]]:
    if not changes:
        return
    totals = [0] * len(next(iter(changes.values())))
    for day in _days(min(changes), last):
        totals = [total + change for total, change in zip(totals, changes.get(day, [0] * len(totals)), strict=True)]
        yield day, totals


def _insert(
    connection: Connection, timeline: Timeline, region: str, rows: Iterable[tuple[date, Sequence[int]]]
) -> None:
    values = [{"region": region, "day": day, **dict(zip(timeline.stock, totals, strict=True))} for day, totals in rows]
    if values:
        connection.execute(insert(_TABLE), values)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _add(totals: list[int], amounts: Sequence[Any], sign: int) -> None:
    for place, amount in enumerate(amounts):
        totals[place] += sign * int(amount or 0)


def _as_date(day: Any) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))
