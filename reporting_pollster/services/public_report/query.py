"""What a client may ask of a report, in its own words: nothing here knows which columns there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "startswith", "isnull"]
OPERATORS: tuple[Operator, ...] = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "startswith", "isnull")


@dataclass(frozen=True)
class Filter:
    """A column compared with a text."""

    column: str
    operator: Operator
    text: str


@dataclass(frozen=True)
class ReportQuery:
    """All filters must hold. Without `limit` all rows come, in no order unless `sort` names one.

    `sort` are names of columns, with a - before those that descend. `marker` is the end of the page before.
    """

    filters: tuple[Filter, ...] = ()
    fields: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    limit: int | None = None
    marker: str | None = None
