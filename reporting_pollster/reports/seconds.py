"""Seconds between two times, in whole numbers, which every server computes in another way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, bindparam, case, cast, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from reporting_pollster.entities.base import moment

Column = ColumnElement[Any]


class seconds_between(GenericFunction[int]):
    """Whole seconds from the first time to the second."""

    type = BigInteger()
    inherit_cache = True


@compiles(seconds_between)
def _on_mysql(element: Any, compiler: Any, **options: Any) -> str:
    return f"TIMESTAMPDIFF(SECOND, {compiler.process(element.clauses, **options)})"


@compiles(seconds_between, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(each, **options) for each in element.clauses)
    return f"(CAST(strftime('%s', {end}) AS INTEGER) - CAST(strftime('%s', {begin}) AS INTEGER))"


@compiles(seconds_between, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(each, **options) for each in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM (CAST({end} AS timestamp) - CAST({begin} AS timestamp))) AS BIGINT)"


class rounded_down(GenericFunction[int]):
    """The whole part of a number that is not negative."""

    type = BigInteger()
    inherit_cache = True


@compiles(rounded_down)
def _floor(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(FLOOR({compiler.process(element.clauses, **options)}) AS {_INTEGER.get(compiler.dialect.name)})"


@compiles(rounded_down, "sqlite")
def _truncated(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(cast(next(iter(element.clauses)), Integer), **options))


_INTEGER = {"mysql": "SIGNED", "mariadb": "SIGNED", "postgresql": "BIGINT"}


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
