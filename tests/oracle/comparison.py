"""Whether computed periods tell the truth: in every second, but for those that they say are uncertain.

Size, state and use are compared one by one: where a state is uncertain, the size is not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from reporting_pollster.domain.timeline.instance import InstanceValues
from reporting_pollster.domain.timeline.period import Period
from tests.oracle.journal import second_of
from tests.oracle.truth import Being, Span

Window = tuple[int, int]
Periods = Sequence[Period[InstanceValues]]


class Difference(NamedTuple):
    """A stretch of time in which something is not as it is told."""

    aspect: str
    begin: int
    end: int
    true: Any
    told: Any


def spans_of(periods: Periods) -> list[Span]:
    """The periods with what the truth tells of them."""
    found = []
    for period in periods:
        values = period.values
        being = Being(values.flavour.id or 0, values.state, values.in_use)
        found.append(Span(second_of(period.start), period.end and second_of(period.end), being))
    return found


def windows_of(periods: Periods, aspect: str) -> list[Window]:
    """Where the periods say that a change of this may lie elsewhere. What it parts may lie anywhere between."""
    spans = spans_of(periods)
    changes = [
        after.began
        for after, (one, other) in zip(periods[1:], pairwise(spans), strict=True)
        if getattr(one.being, aspect) != getattr(other.being, aspect)
    ]
    if periods:
        changes += [change for change in (periods[0].began, periods[-1].finished) if change is not None]
    return [
        (second_of(change.earliest or change.at), second_of(change.latest or change.at))
        for change in changes
        if change.origin == "estimate"
    ]


def differences(
    truth: Sequence[Span], periods: Periods, until: int, blurred: Iterable[Window] = ()
) -> list[Difference]:
    """Where the two differ before `until`. In the `blurred` windows nobody can know."""
    told, always = spans_of(periods), list(blurred)
    edges = {edge for span in (*truth, *told) for edge in (span.begin, span.end) if edge is not None}
    found = []
    for aspect in Being._fields:
        windows = windows_of(periods, aspect) + always
        ordered = sorted(
            edge for edge in {*edges, until, *(at for window in windows for at in window)} if edge <= until
        )
        for begin, end in pairwise(ordered):
            true, said = _value(truth, begin, aspect), _value(told, begin, aspect)
            if true != said and not any(first <= begin and end <= last for first, last in windows):
                found.append(Difference(aspect, begin, end, true, said))
    return found


def _value(spans: Sequence[Span], second: int, aspect: str) -> Any:
    place = bisect_right(spans, second, key=lambda span: span.begin) - 1
    if place < 0:
        return None
    span = spans[place]
    return getattr(span.being, aspect) if span.end is None or second < span.end else None
