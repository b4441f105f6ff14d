"""A row with a past, and what the store keeps of it when it is read from time to time.

Like the store, it opens a version when a reading differs in anything but `updated`, and takes over a later `updated`
in place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from reporting_pollster.domain.timeline.period import Period

CREATED = datetime(2026, 3, 1, 9)
Save = tuple[int, Mapping[str, Any]]


def after(seconds: float) -> datetime:
    """Seconds after the creation."""
    return CREATED + timedelta(seconds=seconds)


def seconds(at: datetime | None) -> float | None:
    """Seconds since the creation."""
    return None if at is None else (at - CREATED).total_seconds()


def polled(row: Any, saves: Sequence[Save], polls: Collection[int], gone: int | None = None) -> tuple[Any, ...]:
    """Versions of a row that was saved at these seconds, read at those, and removed outright at `gone`."""
    versions: list[Any] = []
    before = None
    for poll in sorted(polls):
        if gone is not None and poll >= gone:
            if versions and versions[-1].active:
                versions.append(_vanished(versions[-1], before, poll))
            return tuple(versions)
        shown = _as_of(row, saves, poll)
        if versions and versions[-1]._replace(known_from=shown.known_from, updated=shown.updated) == shown:
            shown = shown._replace(known_from=versions.pop().known_from)
        versions.append(shown)
        before = poll
    return tuple(versions)


def _as_of(row: Any, saves: Sequence[Save], poll: int) -> Any:
    for at, values in sorted(saves, key=lambda save: save[0]):
        if at <= poll:
            row = row._replace(**{"updated": after(at), **values})
    return row._replace(known_from=after(poll))


def _vanished(row: Any, before: int | None, poll: int) -> Any:
    return row._replace(
        known_from=after(poll),
        deleted=after(poll),
        active=False,
        vanished_after=None if before is None else after(before),
        vanished_before=after(poll),
    )


def assert_whole(periods: Sequence[Period[Any]]) -> None:
    """Periods follow each other without gaps and overlaps, each says something new, and bounds hold what they bound."""
    for period in periods:
        assert period.end is None or period.start < period.end
        for change in (period.began, period.finished):
            if change is not None and change.earliest is not None and change.latest is not None:
                assert change.earliest <= change.at <= change.latest
    for period, following in pairwise(periods):
        assert period.end == following.start
        assert period.finished == following.began
        assert period.values != following.values
    assert all(period.end is not None for period in periods[:-1])


def assert_true(periods: Sequence[Period[Any]], name: str, truth: Mapping[Any, int]) -> None:
    """Each value of an attribute began within the bounds that are stated of it (`truth`: second by value)."""
    for period, following in pairwise(periods):
        value = getattr(following.values, name)
        if getattr(period.values, name) != value:
            change = following.began
            assert (change.earliest or change.at) <= after(truth[value]) <= (change.latest or change.at)


def value_at(periods: Sequence[Period[Any]], name: str, second: int) -> Any:
    """An attribute at an instant; None when there is no period."""
    for period in periods:
        if period.start <= after(second) and (period.end is None or after(second) < period.end):
            return getattr(period.values, name)
    return None
