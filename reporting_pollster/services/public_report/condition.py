"""Filters as conditions of SQL, all values bound.

Texts compare without case, as MySQL's usual collation does: SQLite and PostgreSQL have to be told, and MySQL for
columns that we made binary. Identifiers are looked up as they are and in lower case, since any function around the
column would cost them their index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, collate, false, func, literal, not_, or_

from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.public_report.catalogue import PublicReport, ReportColumn
from reporting_pollster.services.public_report.query import Filter, Operator
from reporting_pollster.services.public_report.values import NOTHING, Value, flag, value_of
from reporting_pollster.store.engine import Kind as Store

_MOST_VALUES = 500
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**63 - 1
_ORDERED = ("lt", "lte", "gt", "gte")
Condition = ColumnElement[bool]
_COMPARISONS: Mapping[str, Callable[[Any, Any], Condition]] = {
    "lt": lambda one, other: one < other,
    "lte": lambda one, other: one <= other,
    "gt": lambda one, other: one > other,
    "gte": lambda one, other: one >= other,
}


def condition_of(report: PublicReport, asked: Filter, store: Store) -> Condition:
    """One filter. Raises UnknownName for a column, WrongParameter for a value."""
    column = report.column(asked.column)
    _check(column, asked.operator)
    target = report.target.c[column.name]
    if asked.operator == "isnull":
        return target.is_(None) if _flag(asked) else target.is_not(None)
    if asked.operator == "in":
        texts = asked.text.split(",")
        if len(texts) > _MOST_VALUES:
            raise WrongParameter(f"{asked.column}__in takes at most {_MOST_VALUES} values")
        return or_(*(_compared(column, target, "eq", value_of(column, text), store) for text in texts))
    return _compared(column, target, asked.operator, value_of(column, asked.text), store)


def _check(column: ReportColumn, operator: Operator) -> None:
    is_text = column.kind in ("text", "identifier")
    if (operator == "startswith" and not is_text) or (operator in _ORDERED and column.kind == "flag"):
        raise WrongParameter(f"{column.name} cannot be compared by {operator}")


def _flag(asked: Filter) -> bool:
    try:
        return flag(asked.text)
    except ValueError:
        raise WrongParameter(f"{asked.column}__isnull is true or false") from None


def _compared(column: ReportColumn, target: Any, operator: Operator, value: Value, store: Store) -> Condition:
    if value is NOTHING:
        return target.is_not(None) if operator == "ne" else false()
    if operator == "ne":
        return and_(target.is_not(None), not_(_compared(column, target, "eq", value, store)))
    match column.kind:
        case "identifier":
            return _identifier(target, operator, value)
        case "text":
            return _text(column, target, operator, value, store)
        case "integer":
            return _integer(target, operator, value)
    bound = literal(value, column.type)
    return target == bound if operator == "eq" else _COMPARISONS[operator](target, bound)


def _identifier(target: Any, operator: Operator, value: str) -> Condition:
    spellings = dict.fromkeys((value, value.lower()))
    if operator == "eq":
        return target.in_(spellings)  # type: ignore[no-any-return]
    if operator == "startswith":
        return or_(*(target.startswith(each, autoescape=True) for each in spellings))
    return _COMPARISONS[operator](target, value)


def _text(column: ReportColumn, target: Any, operator: Operator, value: str, store: Store) -> Condition:
    if operator in _ORDERED:  # in the order of the store, which `sort` follows, too
        return _COMPARISONS[operator](target, value)
    if store == "mysql":
        caseless = collate(target, "utf8mb4_general_ci") if column.is_binary else target
        if operator == "startswith":
            return caseless.startswith(value, autoescape=True)
        return caseless == value
    if operator == "startswith":
        return func.lower(target).like(func.lower(literal(f"{_escaped(value)}%")), escape="/")
    return func.lower(target) == func.lower(literal(value))


def _integer(target: Any, operator: Operator, value: Decimal) -> Condition:
    whole = int(max(min(value, Decimal(_GREATEST_INTEGER)), Decimal(_LEAST_INTEGER)).to_integral_value("ROUND_FLOOR"))
    bound = literal(whole, BigInteger)  # PostgreSQL would refuse a number that the column cannot hold
    if operator == "eq":
        return target == bound if whole == value else false()
    if whole == value or not _LEAST_INTEGER < whole < _GREATEST_INTEGER:
        return _COMPARISONS[operator](target, bound)
    return _COMPARISONS["gt" if operator in ("gt", "gte") else "lte"](target, bound)  # between two whole numbers


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")
