"""Reads and writes tables of periods: what is known is never edited, only superseded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Table, select, update

from reporting_pollster.derived.base import Facts, Row, Timeline
from reporting_pollster.store.bulk import append

_KEYS = 500


class Known(NamedTuple):
    """A period that is believed now: its counter, and what it says in the order of the timeline's row."""

    period_id: int
    row: Row


def facts_of(
    connection: Connection, timeline: Timeline, region: str, ids: Sequence[str]
) -> Mapping[str, dict[str, list[Row]]]:
    """The facts of these resources, by resource and by name of the query."""
    found: dict[str, dict[str, list[Row]]] = {each: {} for each in ids}
    for name, query in timeline.facts.items():
        for row in _rows(connection, query(region, ids)):
            facts = found.get(row[0])
            if facts is not None:
                facts.setdefault(name, []).append(row)
    return found


def context_of(connection: Connection, timeline: Timeline, region: str) -> Any:
    """What all resources of a kind share, prepared."""
    rows: Facts = {name: _rows(connection, query(region)) for name, query in timeline.context.items()}
    return timeline.prepare(rows)


def known_periods(
    connection: Connection, timeline: Timeline, region: str, ids: Sequence[str]
) -> Mapping[str, list[Known]]:
    """What is believed now of these resources, each in order of time."""
    table = timeline.target.c
    columns = [table[name] for name in timeline.row_columns]
    query = (
        select(table.period_id, table.id, *columns)
        .where(table.id.in_(ids), table.region == region, table.known_to.is_(None))
        .order_by(table.valid_from)
    )
    found: dict[str, list[Known]] = defaultdict(list)
    for row in _rows(connection, query):
        found[row[1]].append(Known(row[0], row[2:]))
    return found


def supersede(connection: Connection, timeline: Timeline, period_ids: Iterable[int], now: datetime) -> None:
    """End what was known."""
    table, numbers = timeline.target, sorted(period_ids)
    for begin in range(0, len(numbers), _KEYS):
        some = table.c.period_id.in_(numbers[begin : begin + _KEYS])
        connection.execute(update(table).where(some).values(known_to=now))


def add(
    connection: Connection, timeline: Timeline, region: str, rows: Sequence[tuple[str, Row]], now: datetime
) -> None:
    """Add what is known from now on: pairs of a resource's id and its row."""
    columns = ("id", *timeline.row_columns)
    flat = [(key, *row) for key, row in rows]
    append(connection, timeline.target, columns, flat, {"region": region, "known_from": now})


def has_periods(connection: Connection, timeline: Timeline) -> bool:
    """Whether the table has any row at all."""
    return connection.execute(select(timeline.target.c.period_id).limit(1)).first() is not None


def next_ids(connection: Connection, tables: Iterable[Table], region: str, after: str | None, limit: int) -> list[str]:
    """Resources of a region behind an id, in order, that any of these tables names."""
    found: set[str] = set()
    for table in tables:
        query = select(table.c.id).where(table.c.region == region).distinct().order_by(table.c.id).limit(limit)
        found.update(connection.scalars(query if after is None else query.where(table.c.id > after)))
    return sorted(found)[:limit]


def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [tuple(row) for row in connection.execute(query)]
