"""What a client declared of a resource comes before what the sources tell, until they tell of a later change.

A client of Almanach's API tells who had what from when to when, and nothing of states, hosts or zones: those stay as
the sources tell them, at the time of which they do. What was declared last goes on until the sources tell that one of
the declared properties changed, or that the resource ended, later than all that was declared. From then on they alone
tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from reporting_pollster.domain.timeline.period import Change, Period

R = TypeVar("R")


class Declared(NamedTuple):
    """From `start` to `end` (None: it went on) the declared properties had these values; whole seconds."""

    start: datetime
    end: datetime | None
    last_event: datetime
    values: Any


def with_declared(
    found: Sequence[Period[R]],
    declared: Sequence[Declared],
    properties: Callable[[R], Any],
    shown: Callable[[Declared, R | None], R],
) -> Sequence[Period[R]]:
    """The periods of a resource of which this was declared; `found` are those that the sources tell of, in order.

    `properties` takes what can be declared out of the values of a period, and `shown` gives the values of a declared
    one, by what the sources tell of that time, or nothing.
    """
    if not declared:
        return found
    ordered = sorted(declared, key=lambda each: (each.start, each.end or datetime.max))  # noqa: DTZ901 (only compared)
    turn = _turn(found, ordered, properties)
    result: list[Period[R]] = []
    for number, each in enumerate(ordered):
        end, finished = each.end, _change(each.end, each)
        if end is None and turn is not None and number == len(ordered) - 1:
            end, finished = turn.at, turn
        if end == each.start:
            continue
        result += _overlaid(each, end, finished, found, shown)
    if turn is not None:
        result += [period for period in found if period.start >= turn.at]
    return list(_joined(result))


def _turn(found: Sequence[Period[R]], declared: Sequence[Declared], properties: Callable[[R], Any]) -> Change | None:
    """The first change that the sources tell of after all that was declared."""
    known = max(max(each.start, each.end or each.start, each.last_event) for each in declared)
    goes_on = declared[-1].end is None
    before: Period[R] | None = None
    for period in found:
        follows = before is not None and before.end == period.start
        if before is not None and not follows and goes_on and before.end is not None and before.end > known:
            return before.finished
        changes = before is None or not follows or properties(before.values) != properties(period.values)
        if changes and period.start > known:
            return period.began
        before = period
    ends = before is not None and before.end is not None and before.end > known
    return before.finished if before is not None and ends and goes_on else None


def _overlaid(
    declared: Declared,
    end: datetime | None,
    finished: Change | None,
    found: Sequence[Period[R]],
    shown: Callable[[Declared, R | None], R],
) -> Iterator[Period[R]]:
    """What was declared, cut where the sources tell of a change in what was not."""
    pieces: list[tuple[datetime, R, Change]] = []
    at, told = declared.start, _change(declared.start, declared)
    assert told is not None
    for period in found:
        if (period.end is not None and period.end <= at) or (end is not None and period.start >= end):
            continue
        if period.start > at:
            pieces.append((at, shown(declared, None), told))
            at, told = period.start, period.began
        pieces.append((at, shown(declared, period.values), told))
        if period.end is None or (end is not None and period.end >= end):
            break
        at, told = period.end, period.finished or told
    else:
        if end is None or at < end:
            pieces.append((at, shown(declared, None), told))
    ends = [*((start, began) for start, _values, began in pieces[1:]), (end, finished)]
    for (start, values, began), (until, last) in zip(pieces, ends, strict=True):
        if until is None or start < until:
            yield Period(start, until, values, began, last)


def _joined(periods: Sequence[Period[R]]) -> Iterator[Period[R]]:
    """One period of those that follow each other and say the same."""
    held: Period[R] | None = None
    for period in periods:
        if held is not None and held.end == period.start and held.values == period.values:
            held = held._replace(end=period.end, finished=period.finished)
            continue
        if held is not None:
            yield held._replace(finished=period.began) if held.end == period.start else held
        held = period
    if held is not None:
        yield held


def _change(at: datetime | None, declared: Declared) -> Change | None:
    return None if at is None else Change(at, None, "declared", "declared over Almanach's API", declared)
