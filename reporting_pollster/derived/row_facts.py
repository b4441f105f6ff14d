"""What the timelines share whose facts are the versions of rows: queries for them, and for the use that follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, func, literal, select

from reporting_pollster.derived.base import PeriodColumns, Row
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.entities.base import Reporting
from reporting_pollster.entities.volume_type import VolumeType

_NONE = literal("")


def current_rows(table: str, resource: str, columns: Sequence[str], region: str, ids: Sequence[str]) -> Select[Any]:
    """The current rows of a table that belong to some resources; `resource` is the column that names the resource."""
    row = _table(table).c
    said = (row[resource], *(row[name] for name in columns), row.vanished_after, row.vanished_before)
    return select(*said).where(row.region == region, row[resource].in_(ids))


def earlier_rows(table: str, columns: Sequence[str], region: str, ids: Sequence[str]) -> Select[Any]:
    """The earlier versions of the rows of some resources."""
    earlier = _table(f"{table}_history").c
    said = (earlier.id, *(earlier[name] for name in columns))
    return select(*said).where(earlier.region == region, earlier.id.in_(ids))


def earlier_rows_of(table: str, resource: str, columns: Sequence[str], region: str, ids: Sequence[str]) -> Select[Any]:
    """The same of a table whose rows only refer to the resource: the history has no index but that of its own key."""
    row, earlier = _table(table), _table(f"{table}_history")
    same = (earlier.c.id == row.c.id) & (earlier.c.region == row.c.region)
    said = (row.c[resource], *(earlier.c[name] for name in columns))
    return select(*said).select_from(row.join(earlier, same)).where(row.c.region == region, row.c[resource].in_(ids))


def as_rows(found: Iterable[Period[Any]], columns: Sequence[str]) -> list[Period[Row]]:
    """Periods whose values are in the order of the table's columns."""
    return [
        Period(each.start, each.end, tuple(getattr(each.values, name) for name in columns), each.began, each.finished)
        for each in found
    ]


def usage_of(
    period: type[PeriodColumns],
    *factors: ColumnElement[Any],
    kind: ColumnElement[Any] = _NONE,
    zone: ColumnElement[Any] = _NONE,
) -> Select[Any]:
    """What the use of periods is added up from; `factors` go with the seconds."""
    told_apart = (period.project_id, kind.label("type"), zone.label("zone"), period.state)
    return select(*told_apart, period.valid_from, period.valid_to, literal(1).label("seconds"), *factors)


def usage_by_volume_type(period: Any, zone: ColumnElement[Any] = _NONE) -> Select[Any]:
    """The same of volumes and snapshots: GB, told apart by the name that their type has."""
    kind = func.coalesce(VolumeType.name, period.volume_type, "")
    query = usage_of(period, func.coalesce(period.size, 0).label("size_gb_seconds"), kind=kind, zone=zone)
    same = and_(VolumeType.id == period.volume_type, VolumeType.region == period.region)
    return query.outerjoin_from(period, VolumeType, same)


def _table(name: str) -> Table:
    return Reporting.metadata.tables[name]
