"""How far a cursor may move, and where the next read begins.

A time in a row is computed before its transaction commits, on a controller whose clock is not ours, and several
changes share one second. So a mark only ever moves to a value that was read, never to "now"; values from the future
(a skewed controller) don't drag it along; and each read begins an overlap before it, with >=.
Times are text `YYYY-MM-DD HH:MM:SS`, which sorts as the times do. Databases hold times that no calendar has as well: of
those only the year counts, so that a read begins too early rather than too late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

BEGINNING = "0001-01-01 00:00:00"
_KEPT = 200


def as_text(moment: datetime) -> str:
    """The form in which times travel."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat(sep=" ")


def moved(mark: str | None, values: Iterable[object], now: datetime) -> str | None:
    """The mark after having read `values` at the source's `now`: the highest of them, but never the future.

    It moves back when the source's clock did: reading twice is harmless, reading never is not.
    """
    limit = as_text(now)
    known = [each for each in (mark, *(_credible(value, limit) for value in values)) if each is not None]
    return min(max(known), limit) if known else None


def is_past(value: object, now: datetime) -> bool:
    """Whether a value is a time, and one that has come."""
    return isinstance(value, str) and _is_time(value) and value <= as_text(now)


def _credible(value: object, limit: str) -> str | None:
    """What the highest value in an index says; whatever is no text sorts behind all times."""
    if value is None:
        return None
    if not isinstance(value, str) or value > limit:
        return limit
    year = f"{value[:4]}-01-01 00:00:00"
    return value if _is_time(value) else year if _is_time(year) else None


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def start(mark: str | None, overlap_seconds: int) -> str:
    """Where to begin reading: an overlap before the mark, or at the beginning without one."""
    if mark is None:
        return BEGINNING
    moment = datetime.fromisoformat(mark)
    if moment - datetime(1, 1, 1) < timedelta(seconds=overlap_seconds):
        return BEGINNING
    return as_text(moment - timedelta(seconds=overlap_seconds))


def extended(trail: Sequence[tuple[str, int]], now: datetime, highest: int | None) -> list[tuple[str, int]]:
    """The trail of ascending keys, with what is known at `now`; entries from a clock that was set back are dropped."""
    past = [(at, key) for at, key in trail if at < as_text(now)]
    if highest is not None:
        past.append((as_text(now), max(highest, past[-1][1] if past else highest)))
    return past[-_KEPT:]


def settled(trail: Sequence[tuple[str, int]], now: datetime, overlap_seconds: int) -> int | None:
    """The highest key that was known an overlap ago: transactions that took a lower one have surely committed.

    None when nothing is known for that long: then the lowest key known is the best that can be said.
    """
    limit = as_text(now - timedelta(seconds=overlap_seconds))
    old = [key for at, key in trail if at <= limit]
    return old[-1] if old else None


def trimmed(trail: Sequence[tuple[str, int]], now: datetime, overlap_seconds: int) -> list[tuple[str, int]]:
    """The trail without the entries that can no longer be asked for: of the settled ones, the last is enough."""
    limit = as_text(now - timedelta(seconds=overlap_seconds))
    old = [entry for entry in trail if entry[0] <= limit]
    return old[-1:] + [entry for entry in trail if entry[0] > limit]
