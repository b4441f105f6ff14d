"""Seconds between two times, whole parts and whole quotients, which every server computes in another way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


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


class quotient(GenericFunction[int]):
    """How often one whole number is in another; MySQL's own division would round the fourth decimal before."""

    type = BigInteger()
    inherit_cache = True


@compiles(quotient)
def _divided(element: Any, compiler: Any, **options: Any) -> str:
    return "({} / {})".format(*(compiler.process(each, **options) for each in element.clauses))


@compiles(quotient, "mysql")
@compiles(quotient, "mariadb")
def _divided_on_mysql(element: Any, compiler: Any, **options: Any) -> str:
    return "({} DIV {})".format(*(compiler.process(each, **options) for each in element.clauses))
