"""Hours and days of metrics, and how far each is read.

What is written follows from Gnocchi alone, so no lease is needed, but a process that was paused must not put an older
answer over a newer one: how far its metrics are read is compared, locked, in the transaction that writes. Days are
added up from hours by the database, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Date, Engine, Table, bindparam, delete, func, literal, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from reporting_pollster.derived.metric_day import MetricDay
from reporting_pollster.derived.metric_hour import MetricHour
from reporting_pollster.domain.metrics.rollup import Hour
from reporting_pollster.store.engine import dialect_kind, reading, with_retries
from reporting_pollster.store.tables import MetricSeries

_HOUR: Table = MetricHour.__table__  # type: ignore[assignment]
_DAY: Table = MetricDay.__table__  # type: ignore[assignment]
_SERIES: Table = MetricSeries.__table__  # type: ignore[assignment]
_DAY_LONG = timedelta(days=1)
_KEYS = 500

Key = tuple[str, str]  # resource and metric


class Mark(NamedTuple):
    """How far a metric of a resource is read."""

    read_to: datetime
    newest: datetime | None
    polled_at: datetime


@dataclass(frozen=True)
class Measured:
    """A metric of a resource, and its hours as far as they were read."""

    resource_id: str
    metric: str
    kind: str
    project_id: str
    instance_id: str | None
    hours: Sequence[Hour]
    before: Mark | None  # how far it was read when this reading was planned
    after: Mark

    @property
    def key(self) -> Key:
        return self.resource_id, self.metric


def marks_of(engine: Engine, region: str, resources: Sequence[str]) -> dict[Key, Mark]:
    """How far the metrics of some resources are read."""
    found: dict[Key, Mark] = {}
    with reading(engine) as connection:
        for begin in range(0, len(resources), _KEYS):
            some = resources[begin : begin + _KEYS]
            found |= _marks(connection, (_SERIES.c.region == region, _SERIES.c.resource_id.in_(some)))
    return found


def write_hours(engine: Engine, region: str, measured: Sequence[Measured]) -> int:
    """Write hours, add up their days, and say how far was read, all in one transaction; returns how many hours.

    A metric that somebody else has read since the reading was planned is left to them.
    """

    def work(connection: Connection) -> int:
        ids = sorted({each.resource_id for each in measured})
        theirs = _marks(connection, (_SERIES.c.region == region, _SERIES.c.resource_id.in_(ids)), lock=True)
        ours = [each for each in measured if theirs.get(each.key) == each.before]
        rows = [row for each in ours for row in _rows(region, each)]
        _upsert(connection, _HOUR, rows)
        for day in sorted({each.hour.date() for one in ours for each in one.hours}):
            touched = {one.resource_id for one in ours if any(each.hour.date() == day for each in one.hours)}
            _add_up(connection, region, day, sorted(touched))
        marks = [dict(zip(("resource_id", "metric"), each.key, strict=True)) | each.after._asdict() for each in ours]
        _upsert(connection, _SERIES, [mark | {"region": region} for mark in marks])
        return len(rows)

    return with_retries(engine, work) if measured else 0


def forget_hours(engine: Engine, region: str, before: datetime) -> int:
    """Take away hours from before an instant, a day of them in each transaction, and marks that nobody polls."""

    def step(connection: Connection) -> int:
        first = connection.execute(select(func.min(_HOUR.c.hour)).where(_HOUR.c.region == region)).scalar()
        if first is None or first >= before:
            return 0
        until = min(first + _DAY_LONG, before)
        return connection.execute(delete(_HOUR).where(_HOUR.c.region == region, _HOUR.c.hour < until)).rowcount

    gone = 0
    while found := with_retries(engine, step):
        gone += found
    with_retries(
        engine,
        lambda connection: connection.execute(
            delete(_SERIES).where(_SERIES.c.region == region, _SERIES.c.polled_at < before)
        ),
    )
    return gone


def _marks(connection: Connection, where: Sequence[ColumnElement[bool]], *, lock: bool = False) -> dict[Key, Mark]:
    c = _SERIES.c
    query = select(c.resource_id, c.metric, c.read_to, c.newest, c.polled_at).where(*where)
    if lock:
        query = query.with_for_update()
    return {(row[0], row[1]): Mark(*row[2:]) for row in connection.execute(query)}


def _rows(region: str, measured: Measured) -> Iterator[dict[str, Any]]:
    whose = {
        "region": region,
        "resource_id": measured.resource_id,
        "metric": measured.metric,
        "resource_kind": measured.kind,
        "project_id": measured.project_id,
        "instance_id": measured.instance_id,
    }
    for hour in measured.hours:
        yield whose | hour._asdict()


def _add_up(connection: Connection, region: str, day: date, resources: Sequence[str]) -> None:
    """The day of some resources, out of all hours of it that are kept."""
    c, begin = _HOUR.c, datetime(day.year, day.month, day.day)
    samples, seconds = func.sum(c.samples), func.sum(c.rate_seconds)
    columns: Mapping[str, Any] = {
        "region": c.region,
        "resource_id": c.resource_id,
        "metric": c.metric,
        "day": literal(day, Date()),
        "resource_kind": func.max(c.resource_kind),
        "project_id": func.max(c.project_id),
        "instance_id": func.max(c.instance_id),
        "minimum": func.min(c.minimum),
        "mean": func.sum(c.mean * c.samples) / samples,
        "maximum": func.max(c.maximum),
        "samples": samples,
        "rate": func.sum(c.rate * c.rate_seconds) / func.nullif(seconds, 0),
        "rate_seconds": seconds,
    }
    rows = (
        select(*(value.label(name) for name, value in columns.items()))
        .where(c.region == region, c.resource_id.in_(resources), c.hour >= begin, c.hour < begin + _DAY_LONG)
        .group_by(c.region, c.resource_id, c.metric)
    )
    connection.execute(_or_update(connection, _DAY, _insert(connection, _DAY).from_select(list(columns), rows)))


def _upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        statement = _or_update(connection, table, _insert(connection, table).values(_parameters(table)))
        connection.execute(statement, list(rows))


def _parameters(table: Table) -> Mapping[str, Any]:
    return {column.name: bindparam(column.name, type_=column.type) for column in table.columns}


def _insert(connection: Connection, table: Table) -> Any:
    match dialect_kind(connection):
        case "mysql":
            return mysql.insert(table)
        case "postgresql":
            return postgresql.insert(table)
    return sqlite.insert(table)


def _or_update(connection: Connection, table: Table, statement: Any) -> Any:
    """The statement, which changes the row that is there: no row of these is ever there twice."""
    names = [column.name for column in table.columns if not column.primary_key]
    if dialect_kind(connection) == "mysql":
        return statement.on_duplicate_key_update({name: statement.inserted[name] for name in names})
    key = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(index_elements=key, set_={name: statement.excluded[name] for name in names})
