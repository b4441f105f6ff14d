"""Instants a little before or after others, wherever those are.

A source may say anything of a time, also 9999-12-31 23:59:59 or the year 1, and adding a minute to that is an error in
Python. No row may stop a timeline: what lies beyond the calendar is its first or its last instant.
"""

from __future__ import annotations

from datetime import datetime, timedelta

CLOCKS = timedelta(seconds=30)  # by which controllers' clocks may differ
SENT = timedelta(seconds=5)  # within which a service notifies of what it has done
_FIRST, _LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)


def shifted(at: datetime, by: timedelta) -> datetime:
    """An instant moved by a duration, at most to the end of the calendar, or to its beginning."""
    try:
        return at + by
    except OverflowError:
        return _LAST if by > timedelta() else _FIRST
