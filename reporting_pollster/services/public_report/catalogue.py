"""Which tables and views are public, and what their columns are.

Names that clients send are looked up here and never reach SQL otherwise. What the pollster keeps for itself (its state,
leases, rows as they were read, staged rows, notifications) is in no list below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    Boolean,
    ColumnClause,
    Date,
    DateTime,
    Float,
    FromClause,
    Integer,
    Numeric,
    Table,
    column,
    table,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from reporting_pollster.derived import timelines
from reporting_pollster.derived.view import views
from reporting_pollster.derived.view.base import View
from reporting_pollster.entities import catalogue
from reporting_pollster.errors import UnknownName
from reporting_pollster.store.companion import whole_metadata

Kind = Literal["identifier", "text", "integer", "number", "flag", "moment", "day"]

_OWN = ("metadata", "historical_usage", "usage_day", "calendar_month", "state_weight")
_IDENTIFIER = re.compile(r"(.*_)?(id|uuid)|created_by|default_project|user|project")
_MYSQL = mysql.dialect()
_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (Boolean, "flag"),
    (Integer, "integer"),
    (Float, "number"),
    (Numeric, "number"),
    (DateTime, "moment"),
    (Date, "day"),
)


@dataclass(frozen=True)
class ReportColumn:
    """One column. An identifier is compared byte by byte in every store; `is_binary` says so of other texts, too."""

    name: str
    kind: Kind
    comment: str
    nullable: bool
    is_binary: bool
    type: TypeEngine[Any]


@dataclass(frozen=True)
class PublicReport:
    """One table or view; `key` is empty for a view."""

    name: str
    description: str
    columns: Mapping[str, ReportColumn]
    key: tuple[str, ...]
    target: FromClause

    def column(self, name: str) -> ReportColumn:
        """One column by name."""
        if name not in self.columns:
            raise UnknownName(f"report {self.name} has no column {name}")
        return self.columns[name]


@cache
def public_reports() -> Mapping[str, PublicReport]:
    """All of them, in alphabetical order as a database lists them."""
    tables = whole_metadata().tables
    names = [*catalogue(), *(timeline.name for timeline in timelines().values()), *_OWN]
    found = {name: _of_table(tables[name]) for name in names} | {name: _of_view(each) for name, each in views().items()}
    return {name: found[name] for name in sorted(found)}


def public_report(name: str) -> PublicReport:
    """One of them."""
    if name not in public_reports():
        raise UnknownName("there is no such report")
    return public_reports()[name]


def _of_table(target: Table) -> PublicReport:
    columns = [_column(each.name, each.type, each.comment or "", bool(each.nullable)) for each in target.columns]
    key = tuple(each.name for each in target.primary_key)
    return PublicReport(target.name, target.comment or "", _by_name(columns), key, target)


def _of_view(view: View) -> PublicReport:
    selected = list(view.query().selected_columns)
    columns = [
        _column(name, each.type, comment, True)
        for each, (name, comment) in zip(selected, view.columns.items(), strict=True)
    ]
    parts: list[ColumnClause[Any]] = [column(each.name, each.type) for each in columns]
    return PublicReport(view.name, view.comment, _by_name(columns), (), table(view.name, *parts))


def _by_name(columns: Iterable[ReportColumn]) -> dict[str, ReportColumn]:
    return {each.name: each for each in columns}


def _column(name: str, type_: TypeEngine[Any], comment: str, nullable: bool) -> ReportColumn:
    collation = getattr(type_.dialect_impl(_MYSQL), "collation", None)
    is_binary = collation == "utf8mb4_bin"
    kind: Kind = next((kind for cls, kind in _KINDS if isinstance(type_, cls)), "text")
    if is_binary and _IDENTIFIER.fullmatch(name):
        kind = "identifier"
    return ReportColumn(name, kind, comment, nullable, is_binary, type_)
