"""Keeps what views look up besides facts: months with their days, and the weights of states.

Neither changes often, so a cycle mostly reads them and writes nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from reporting_pollster.derived.calendar_month import CalendarMonth
from reporting_pollster.derived.state_weight import StateWeight
from reporting_pollster.domain.weights import Weights
from reporting_pollster.store.engine import reading, utc_now, with_retries
from reporting_pollster.store.lease import Held

_FIRST_YEAR = 2010  # OpenStack's first
_YEARS_AHEAD = 2
_DAY = 86_400
_MONTH: Table = CalendarMonth.__table__  # type: ignore[assignment]
_WEIGHT: Table = StateWeight.__table__  # type: ignore[assignment]
Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]


def keep_lookups(engine: Engine, held: Held, weights: Weights | None) -> None:
    """Write what is missing or has changed; without `weights` those that are there stay."""
    wanted = {
        (resource, state): {"resource": resource, "state": state, "ten_thousandths": weight}
        for (resource, state), weight in (weights or {}).items()
    }
    with reading(engine) as connection:
        months = _months(utc_now(connection).date())
        is_stale = [_rows(connection, _MONTH) != months, weights is not None and _rows(connection, _WEIGHT) != wanted]
    for table, rows, stale in zip((_MONTH, _WEIGHT), (months, wanted), is_stale, strict=True):
        if stale:
            _put(engine, held, table, rows)


def _put(engine: Engine, held: Held, table: Table, rows: Rows) -> None:
    def put(connection: Connection) -> None:
        connection.execute(delete(table))
        if rows:
            connection.execute(insert(table), [dict(row) for row in rows.values()])

    with_retries(engine, lambda connection: held.fenced(connection, put))


def _rows(connection: Connection, table: Table) -> Rows:
    keys = [column.name for column in table.primary_key]
    return {tuple(row[key] for key in keys): dict(row) for row in connection.execute(select(table)).mappings()}


def _months(today: date) -> Rows:
    years = range(_FIRST_YEAR, today.year + _YEARS_AHEAD + 1)
    rows = [_month(date(year, month, 1)) for year in years for month in range(1, 13)]
    return {(row["month"],): row for row in rows}


def _month(first: date) -> Mapping[str, Any]:
    days = monthrange(first.year, first.month)[1]
    last = first.replace(day=days)
    return {
        "month": f"{first:%Y-%m}",
        "first_day": first,
        "last_day": last,
        "days": days,
        "seconds": days * _DAY,
    }
