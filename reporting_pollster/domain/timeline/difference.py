"""Where two states of knowledge about one resource differ, so that only what follows from that is done anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple


class Span(NamedTuple):
    """Start, end (None: it goes on) and what was so, of one period."""

    start: datetime
    end: datetime | None
    values: Any


class Difference(NamedTuple):
    """From `start` to `end` (None: no end) something else is known; `before` and `after` are the periods concerned."""

    start: datetime
    end: datetime | None
    before: Sequence[Span]
    after: Sequence[Span]


def difference(before: Sequence[Span], after: Sequence[Span]) -> Difference | None:
    """Compare two lists of periods, each in order of time; None when they say the same."""
    same = 0
    while same < min(len(before), len(after)) and before[same] == after[same]:
        same += 1
    old, new = before[same:], after[same:]
    if not old and not new:
        return None
    tail = 0
    while tail < min(len(old), len(new)) and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old, new = old[: len(old) - tail], new[: len(new) - tail]
    ends = [span.end for span in (*old[-1:], *new[-1:])]
    return Difference(_start(old, new), None if None in ends else max(end for end in ends if end is not None), old, new)


def _start(old: Sequence[Span], new: Sequence[Span]) -> datetime:
    """What a period was until the earlier end is known as before."""
    if old and new and (old[0].start, old[0].values) == (new[0].start, new[0].values):
        return min(span.end for span in (old[0], new[0]) if span.end is not None)
    return min(span.start for span in (*old[:1], *new[:1]))
