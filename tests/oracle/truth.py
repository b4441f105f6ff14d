"""The truth about one instance: what it was in each second, as the simulator knows it and no table tells."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple


class Being(NamedTuple):
    """What an instance is at a time."""

    flavour: int
    state: str
    in_use: bool


class Span(NamedTuple):
    """From a second until another (exclusive; None: it goes on)."""

    begin: int
    end: int | None
    being: Being


class Truth:
    """The course of an instance, from its creation on."""

    def __init__(self, second: int, being: Being) -> None:
        self._changes: list[tuple[int, Being]] = [(second, being)]
        self.ended: int | None = None

    @property
    def now(self) -> Being:
        return self._changes[-1][1]

    def become(self, second: int, **changes: object) -> None:
        """From this second on it is something else."""
        assert self.ended is None
        assert second >= self._changes[-1][0]
        self._changes.append((second, self.now._replace(**changes)))  # type: ignore[arg-type]

    def end(self, second: int) -> None:
        self.ended = second

    def spans(self) -> list[Span]:
        """All spans that lasted."""
        found: list[Span] = []
        for number, (begin, being) in enumerate(self._changes):
            end = self._changes[number + 1][0] if number + 1 < len(self._changes) else self.ended
            if end is not None and end <= begin:
                continue
            if found and found[-1].being == being:
                found[-1] = found[-1]._replace(end=end)
            else:
                found.append(Span(begin, end, being))
        return found


def seconds(spans: list[Span], begin: int, end: int) -> Counter[Being]:
    """Seconds of each kind within a window."""
    counted: Counter[Being] = Counter()
    for span in spans:
        first, last = max(span.begin, begin), min(end if span.end is None else span.end, end)
        if last > first:
            counted[span.being] += last - first
    return counted
