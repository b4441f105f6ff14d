"""Seconds of periods within a span, in whole numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, or_

from reporting_pollster.derived.arithmetic import rounded_down, seconds_between
from reporting_pollster.entities.base import moment

__all__ = ["at", "lies_in", "overlap", "rounded_down", "seconds_between"]

Column = ColumnElement[Any]


def at(value: datetime) -> ColumnElement[datetime]:
    """An instant in a query."""
    return bindparam(None, value, type_=moment(), unique=True)


def overlap(start: Column, stop: Column, begin: datetime, end: datetime, until: datetime) -> ColumnElement[int]:
    """Seconds of [begin, end) from `start` to `stop`, or `until` where that is NULL; of rows that `lies_in` chose."""
    first = case((start < at(begin), at(begin)), else_=start)
    last = case((stop.is_(None), at(min(until, end))), (stop > at(end), at(end)), else_=stop)
    return seconds_between(first, last)


def lies_in(start: Column, stop: Column, begin: datetime, end: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether some of [begin, end) is between `start` and `stop`, or `until` where that is NULL."""
    closed = and_(stop > at(begin), start < at(end))
    if until <= begin:
        return closed
    return or_(closed, and_(stop.is_(None), start < at(min(until, end))))
