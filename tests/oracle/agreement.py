"""Whether two accounts of one resource agree: in every second, but for those that the vaguer one says are uncertain.

Where an instance is has no bounds while it is built, in error or shelved: then a reading just before or after shows
something else, and nothing tells since when. In these states places are not compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from reporting_pollster.domain.timeline.period import Change, Period

_ELSEWHERE = frozenset({"building", "error", "shelved", "shelved_offloaded"})
_PLACES = frozenset({"host", "availability_zone"})
Window = tuple[datetime, datetime]


class Disagreement(NamedTuple):
    """A stretch of time of which the two tell different things."""

    aspect: str
    begin: datetime
    end: datetime | None
    vague: Any
    sure: Any


def said(periods: Sequence[Period[Any]]) -> list[tuple[datetime, datetime | None, Any]]:
    """What periods say, but for how it is known."""
    return [(each.start, each.end, each.values) for each in periods]


def disagreements(
    vague: Sequence[Period[Any]], sure: Sequence[Period[Any]], blurred: Sequence[Window] = ()
) -> list[Disagreement]:
    """Where the two differ outside of the bounds of what is an estimate to the vaguer one."""
    aspects = (sure or vague)[0].values._fields if sure or vague else ()
    edges = {edge for period in (*vague, *sure) for edge in (period.start, period.end) if edge is not None}
    found = []
    for aspect in aspects:
        windows = [*_windows(vague, lambda values, name=aspect: getattr(values, name)), *blurred]
        ordered = sorted(edges | {edge for window in windows for edge in window})
        for begin, end in [*pairwise(ordered), *((last, None) for last in ordered[-1:])]:
            if aspect in _PLACES and {_value(each, begin, "state") for each in (vague, sure)} & _ELSEWHERE:
                continue
            one, other = _value(vague, begin, aspect), _value(sure, begin, aspect)
            if one != other and not any(first <= begin and end is not None and end <= last for first, last in windows):
                found.append(Disagreement(aspect, begin, end, one, other))
    return found


def is_vague(periods: Sequence[Period[Any]]) -> bool:
    """Whether any of it may have been at another time than is told."""
    return any(_bounds(change)[0] != _bounds(change)[1] for change in _estimates(periods))


def _windows(periods: Sequence[Period[Any]], value: Callable[[Any], Any]) -> list[Window]:
    changes = [
        after.began for before, after in pairwise(periods) if value(before.values) != value(after.values)
    ]  # fmt: skip
    changes += [each for each in (periods[0].began, periods[-1].finished) if each is not None] if periods else []
    return [_bounds(change) for change in changes if change.origin == "estimate"]


def _estimates(periods: Sequence[Period[Any]]) -> list[Change]:
    changes = [each.began for each in periods] + [each.finished for each in periods[-1:] if each.finished is not None]
    return [change for change in changes if change.origin == "estimate"]


def _bounds(change: Change) -> Window:
    return change.earliest or change.at, change.latest or change.at


def _value(periods: Sequence[Period[Any]], at: datetime, aspect: str) -> Any:
    place = bisect_right(periods, at, key=lambda period: period.start) - 1
    if place < 0:
        return None
    period = periods[place]
    return getattr(period.values, aspect) if period.end is None or at < period.end else None
