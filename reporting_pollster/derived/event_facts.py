"""Facts that notifications told: queries for them, and the versions of rows that they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from reporting_pollster.derived.base import Row
from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.events.base import Event

_FIRST = ("id", "happened", "event", "exact")
_NONE: frozenset[str] = frozenset()
_OURS = frozenset({"known_from", "active", "vanished_after", "vanished_before", "telling"})


def told_rows(event: Event, region: str, ids: Sequence[str]) -> Select[Any]:
    """What was told of some resources."""
    c = event.target.c
    said = (c[name] for name in (*_FIRST, *event.columns))
    return select(*said).where(c.region == region, c.id.in_(ids))


def as_told(event: Event, row: Row) -> dict[str, Any]:
    """A row of that query, by name."""
    return dict(zip((*_FIRST, *event.columns), row, strict=True))


def told_versions(
    kind: Callable[..., Any], fields: Iterable[str], event: Event, rows: Iterable[Row], later: frozenset[str] = _NONE
) -> list[Any]:
    """Rows of that query as versions of a kind that has these fields.

    `later` are columns that a creation tells as they were when it was over, at a time that it doesn't tell.
    """
    names = [name for name in fields if name not in _OURS]
    return [_version(kind, names, as_told(event, row), later) for row in rows]


def _version(kind: Callable[..., Any], names: Sequence[str], told: Mapping[str, Any], later: frozenset[str]) -> Any:
    if told["event"] == "create":
        told = {name: value for name, value in told.items() if name not in later}
    untold = frozenset(name for name in names if told.get(name) is None)
    values = {name: None if told.get(name) == "" else told.get(name) for name in names}
    if ends(told):
        values["deleted"] = end_of(told)
    return kind(known_from=time_of(told), active=not ends(told), telling=telling_of(told, untold), **values)


def ends(told: Mapping[str, Any]) -> bool:
    """Whether a notification tells that the resource is no more."""
    return told["event"] == "delete" or told["deleted"] is not None


def end_of(told: Mapping[str, Any]) -> datetime:
    """When it ended, as such a notification tells."""
    at: datetime = told["deleted"] or told.get("terminated") or told["happened"]
    return at


def time_of(told: Mapping[str, Any]) -> datetime:
    """When the resource was as it was told to be: a creation tells how it was when it was launched."""
    at: datetime = told["happened"]
    launched = told.get("launched")
    return max(at, launched) if told["event"] == "create" and launched is not None else at


def telling_of(told: Mapping[str, Any], untold: frozenset[str]) -> Telling:
    """Which of it is told to the second."""
    exact = frozenset(told["exact"].split(",")) if told["exact"] else frozenset[str]()
    return Telling(f"notification {told['event']}", exact, untold)
