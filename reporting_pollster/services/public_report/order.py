"""The order of rows, and where a page goes on: after the last row of the one before, found by its values.

An offset would skip and repeat rows when others come and go between two pages, and read all rows before. The marker is
what a client sends back, so it is read like any text of a client's.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, false, literal, or_

from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.public_report.catalogue import Kind, PublicReport, ReportColumn
from reporting_pollster.services.public_report.query import ReportQuery

_MOST_COLUMNS = 5


@dataclass(frozen=True)
class Step:
    """One column of an order. Rows without a value come last, whichever way it goes."""

    column: ReportColumn
    target: Any
    descends: bool = False

    def order(self) -> list[ColumnElement[Any]]:
        way = self.target.desc() if self.descends else self.target.asc()
        return [self.target.is_(None), way] if self.column.nullable else [way]

    def after(self, value: Any) -> ColumnElement[bool]:
        if value is None:
            return false()
        bound = self._bound(value)
        beyond: ColumnElement[bool] = self.target < bound if self.descends else self.target > bound
        return or_(beyond, self.target.is_(None)) if self.column.nullable else beyond

    def same(self, value: Any) -> ColumnElement[bool]:
        if value is None:
            return self.target.is_(None)  # type: ignore[no-any-return]
        return self.target == self._bound(value)  # type: ignore[no-any-return]

    def _bound(self, value: Any) -> ColumnElement[Any]:
        # A marker may hold any number, and PostgreSQL refuses one that the column cannot hold.
        return literal(value, BigInteger() if self.column.kind == "integer" else self.column.type)


def steps_of(report: PublicReport, query: ReportQuery) -> tuple[Step, ...]:
    """The order asked for; that of the key comes after it where pages are asked for."""
    if len(query.sort) > _MOST_COLUMNS:
        raise WrongParameter(f"sort takes at most {_MOST_COLUMNS} columns")
    steps: dict[str, Step] = {}
    for text in query.sort:
        name = text.removeprefix("-")
        steps.setdefault(name, Step(report.column(name), report.target.c[name], text.startswith("-")))
    if query.limit is not None:
        if not report.key:
            raise WrongParameter(f"report {report.name} has no key to page by; ask for it without limit")
        for name in report.key:
            steps.setdefault(name, Step(report.column(name), report.target.c[name]))
    return tuple(steps.values())


def ordered(rows: Select[Any], steps: Sequence[Step]) -> Select[Any]:
    """The rows in that order."""
    return rows.order_by(*(part for step in steps for part in step.order()))


def after(rows: Select[Any], steps: Sequence[Step], marker: str) -> Select[Any]:
    """The rows that come after the marker's."""
    values = _read(steps, marker)
    either = [
        and_(*(step.same(value) for step, value in before), last.after(value))
        for last, value, before in _prefixes(steps, values)
    ]
    return rows.where(or_(*either))


def marker_of(values: Sequence[Any]) -> str:
    """The marker of a row, by its values in the order's columns."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _prefixes(steps: Sequence[Step], values: Sequence[Any]) -> Any:
    pairs = list(zip(steps, values, strict=True))
    for number, (step, value) in enumerate(pairs):
        yield step, value, pairs[:number]


def _read(steps: Sequence[Step], marker: str) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(marker + "=" * (-len(marker) % 4)))
        if not isinstance(texts, list) or len(texts) != len(steps):
            raise ValueError
        return [_value(step.column, text) for step, text in zip(steps, texts, strict=True)]
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise WrongParameter("marker is none that came with a page of the same order") from None


def _value(column: ReportColumn, found: Any) -> Any:
    if found is None:
        return None
    if column.kind == "moment":
        return datetime.fromisoformat(found).replace(tzinfo=None)
    if column.kind == "day":
        return date.fromisoformat(found)
    if type(found) not in _TYPES[column.kind]:
        raise ValueError
    if isinstance(found, str) and b"\0" in found.encode():  # raises for half a character
        raise ValueError
    if isinstance(found, int) and not -(2**63) <= found < 2**63:
        raise ValueError
    return found


_TYPES: dict[Kind, tuple[type, ...]] = {
    "identifier": (str,),
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "flag": (bool, int),
}
