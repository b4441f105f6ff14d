"""Pages by key: a page begins after the last key of the one before, so a late page costs as little as the first.

Nothing is missed or repeated because rows come or go meanwhile, as happens to who counts rows. Keys are never NULL, and
are compared by the server in the order in which it sorts them, whatever its collation is.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, or_

from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Column
from reporting_pollster.reports.seconds import at
from reporting_pollster.services.report.result import Row
from reporting_pollster.services.report.run import converted

Values = tuple[object, ...]


class Place(NamedTuple):
    """Where a page begins, after a key, and how many rows it may have."""

    limit: int
    after: Values | None = None


@dataclass(frozen=True)
class Page:
    """Some rows; `last` is the key of the last one if more follow."""

    columns: tuple[Column, ...]
    rows: list[Row]
    last: Values | None = None


class Key(NamedTuple):
    """What a page is ordered by: an expression that is never NULL."""

    column: ColumnElement[Any]
    kind: Literal["text", "integer", "moment"] = "text"


def page(
    connection: Connection,
    query: Select[Any],
    columns: tuple[Column, ...],
    keys: Sequence[Key],
    place: Place,
    *,
    descending: bool = False,
) -> Page:
    """A page of a query that gives `columns`."""
    ordered = query.add_columns(*(key.column for key in keys))
    if place.after is not None:
        ordered = ordered.where(_after(keys, _values(keys, place.after), descending))
    direction = [key.column.desc() if descending else key.column for key in keys]
    rows = connection.execute(ordered.order_by(*direction).limit(place.limit + 1)).all()
    shown = rows[: place.limit]
    last = tuple(map(_plain, tuple(shown[-1])[-len(keys) :])) if len(rows) > place.limit else None
    return Page(columns, list(converted((tuple(row)[: -len(keys)] for row in shown), columns)), last)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _values(keys: Sequence[Key], given: Values) -> Values:
    """The values of a key; it went through a client, who may have made it up."""
    if len(given) != len(keys):
        raise WrongParameter("marker: it is of another list")
    return tuple(_value(key, value) for key, value in zip(keys, given, strict=True))


def _value(key: Key, value: object) -> object:
    if key.kind == "moment" and isinstance(value, str):
        with suppress(ValueError):
            return datetime.fromisoformat(value).replace(tzinfo=None)
    if (key.kind == "text" and isinstance(value, str)) or (key.kind == "integer" and _is_number(value)):
        return value
    raise WrongParameter("marker: it is of another list")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _after(keys: Sequence[Key], values: Values, descending: bool) -> ColumnElement[bool]:
    """Whether a row comes after a key; said so that an index on the first column can be used."""
    (key, *others), (value, *rest) = keys, values
    known: Any = at(value) if isinstance(value, datetime) else value
    beyond: ColumnElement[bool] = key.column < known if descending else key.column > known
    if not others:
        return beyond
    inclusive: ColumnElement[bool] = key.column <= known if descending else key.column >= known
    return and_(inclusive, or_(beyond, _after(others, tuple(rest), descending)))
