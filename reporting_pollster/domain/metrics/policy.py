"""How Gnocchi keeps a metric, and what follows for reading it: at which granularity, which aggregates, how far back.

Gnocchi takes a late measure only into the newest block of its coarsest granularity, and a few blocks before if it was
told so. So what can still change is known exactly, and nothing else needs to be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

HOUR = timedelta(hours=1)
EXACT = ("mean", "min", "max", "count")  # with all of them, an hour is what its raw measures say
_EPOCH = datetime(1970, 1, 1)
_LASTING = timedelta(days=2)  # what is gone sooner may be gone before it is read
_FINE = timedelta(minutes=5)  # fine enough to tell how fast a counter grew within an hour


@dataclass(frozen=True)
class Archive:
    """One granularity of a policy, and for how long it is kept."""

    granularity: timedelta
    span: timedelta


@dataclass(frozen=True)
class Policy:
    """An archive policy."""

    name: str
    archives: tuple[Archive, ...]
    methods: frozenset[str]
    back_window: int = 0

    @property
    def is_exact(self) -> bool:
        return self.methods.issuperset(EXACT)

    def open_since(self, newest: datetime) -> datetime:
        """The earliest instant at which a measure could still come in after this newest one."""
        coarsest = max(archive.granularity for archive in self.archives)
        rated = any(method.startswith("rate:") for method in self.methods)  # keeps one block more for the difference
        blocks = self.back_window + rated
        return floor(newest, coarsest) - blocks * coarsest


@dataclass(frozen=True)
class Reading:
    """How a metric is read: `aggregates` at `granularity`, which go back no further than `span`."""

    granularity: timedelta
    span: timedelta
    aggregates: tuple[str, ...]


def reading_of(policy: Policy, *, is_counter: bool) -> Reading | None:
    """How to read a metric of this policy to learn hours of it; None when it is not kept hour by hour.

    Where the policy keeps all that an hour is made of, whole hours are read. A counter needs finer steps, since an
    hour's mean tells of the hour before as much as of this one; so does a policy without minimum and maximum.
    """
    usable = [archive for archive in policy.archives if HOUR % archive.granularity == timedelta(0)]
    if not usable or "mean" not in policy.methods:
        return None
    lasting = [archive for archive in usable if archive.span >= _LASTING]
    if not lasting:
        chosen = max(usable, key=lambda archive: archive.span)
    elif is_counter:
        fine = [archive for archive in lasting if archive.granularity <= _FINE]
        chosen = max(fine, key=_granularity) if fine else min(lasting, key=_granularity)
    else:
        chosen = max(lasting, key=_granularity) if policy.is_exact else min(lasting, key=_granularity)
    return Reading(chosen.granularity, chosen.span, tuple(name for name in EXACT if name in policy.methods))


def policy_of(body: Mapping[str, Any]) -> Policy:
    """A policy as Gnocchi writes it; raises ValueError, TypeError or KeyError for what is none."""
    archives = tuple(
        Archive(_duration(each["granularity"]), _duration(each["timespan"])) for each in body["definition"]
    )
    if not archives:
        raise ValueError("a policy without granularities")
    return Policy(str(body["name"]), archives, frozenset(_names(body)), int(body["back_window"]))


def floor(instant: datetime, step: timedelta) -> datetime:
    """The start of the block that an instant is in; blocks are counted from 1970."""
    return instant - (instant - _EPOCH) % step


def _names(body: Mapping[str, Any]) -> Iterable[str]:
    return map(str, body["aggregation_methods"])


def _granularity(archive: Archive) -> timedelta:
    return archive.granularity


def _duration(text: Any) -> timedelta:
    """Gnocchi writes "0:05:00", "416 days, 16:00:00", "1 day, 0:00:00", or a number of seconds."""
    if isinstance(text, int | float):
        found = timedelta(seconds=text)
    else:
        days, _, clock = str(text).rpartition(", ")
        hours, minutes, seconds = clock.split(":")
        found = timedelta(
            days=int(days.split()[0]) if days else 0, hours=int(hours), minutes=int(minutes), seconds=float(seconds)
        )
    if found <= timedelta(0):
        raise ValueError(f"{text!r} is no duration")
    return found
