"""Adds up periods per day, with integers only: any grouping of the parts gives the same total.

A period that lasts a year must not cost a step per day. So each period leaves a mark where its whole days begin and
one where they end, and the few seconds of a broken first and last day; a running sum over the days does the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from datetime import date, datetime, timedelta
from operator import add
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
DAY_SECONDS = 86_400
EARLIEST = date(2010, 1, 1)  # before OpenStack: a wrong date, whose use is added up from here on only


class DayTotals(Generic[K]):
    """Totals per day and key, from `first` to `last` (days, both included), of amounts per second."""

    def __init__(self, first: date, last: date, width: int) -> None:
        self._begin = datetime(first.year, first.month, first.day)
        self._end = datetime(last.year, last.month, last.day) + timedelta(days=1)
        self._days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        self._width = width
        self._runs: defaultdict[K, defaultdict[int, list[int]]] = defaultdict(self._none)
        self._parts: defaultdict[K, defaultdict[int, list[int]]] = defaultdict(self._none)

    def _none(self) -> defaultdict[int, list[int]]:
        return defaultdict(lambda: [0] * self._width)

    def add(self, key: K, start: datetime, end: datetime | None, factors: Sequence[int]) -> None:
        """Add a period; one without an end lasts beyond the days that are asked for."""
        begin = max(start, self._begin)
        finish = self._end if end is None else min(end, self._end)
        if begin >= finish:
            return
        from_begin, from_finish = begin - self._begin, finish - self._begin
        first, last = from_begin.days, from_finish.days
        if first == last:
            self._add(self._parts[key][first], factors, from_finish.seconds - from_begin.seconds)
            return
        if from_begin.seconds:
            self._add(self._parts[key][first], factors, DAY_SECONDS - from_begin.seconds)
            first += 1
        if from_finish.seconds:
            self._add(self._parts[key][last], factors, from_finish.seconds)
        if first < last:
            runs = self._runs[key]
            self._add(runs[first], factors, DAY_SECONDS)
            self._add(runs[last], factors, -DAY_SECONDS)

    def rows(self) -> Iterator[tuple[date, K, list[int]]]:
        """Every day and key with its totals, in order of the keys' appearance, days ascending."""
        for key in dict.fromkeys((*self._runs, *self._parts)):
            yield from self._days_of(key)

    def _days_of(self, key: K) -> Iterator[tuple[date, K, list[int]]]:
        nothing: dict[int, list[int]] = {}
        runs, parts = self._runs.get(key, nothing), self._parts.get(key, nothing)
        running = [0] * self._width
        days = self._days
        marks = iter((*sorted(runs), len(days)))
        next_mark = next(marks)
        lives = False
        for day in range(min((*runs, *parts)), len(days)) if runs or parts else ():
            if day == next_mark:
                running = list(map(add, running, runs[day]))
                next_mark = next(marks)
                lives = any(running)
            part = parts.get(day)
            if part is not None:
                yield days[day], key, list(map(add, running, part))
            elif lives:
                yield days[day], key, running

    @staticmethod
    def _add(totals: list[int], factors: Sequence[int], seconds: int) -> None:
        for place, factor in enumerate(factors):
            totals[place] += factor * seconds
