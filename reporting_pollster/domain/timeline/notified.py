"""What notifications tell of a resource, among what was read of its row.

A notification is a version of the row with its own time: it shows how the resource was then, and some of it changed at
that very instant. They come late, twice, in any order, or never; so what was read decides wherever both tell:

- What the source says to be over stays over: no notification of a later instant opens it again.
- The end that a notification tells counts until the row is read: one that is alive well after it refutes it.
- Of a row that vanished, the notification of its deletion tells when.
- A row that was not saved between a notification and its reading was already so when the notification was sent. So it
  tells to the second when it was last saved, and that is the time of what the notification tells: with it or without
  it, the change is at the same instant.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from reporting_pollster.domain.timeline.moment import CLOCKS, shifted
from reporting_pollster.domain.timeline.period import Origin


class Telling(NamedTuple):
    """A version was told by a notification: `exact` names what changed at that instant, `untold` what it left out."""

    rule: str
    exact: frozenset[str]
    untold: frozenset[str]


class Version(Protocol):
    """A version of a row, as it was read or told."""

    @property
    def known_from(self) -> datetime: ...
    @property
    def deleted(self) -> datetime | None: ...
    @property
    def updated(self) -> datetime | None: ...
    @property
    def active(self) -> bool: ...
    @property
    def vanished_before(self) -> datetime | None: ...
    @property
    def telling(self) -> Telling | None: ...


V = TypeVar("V", bound=Version)


def believed(versions: Collection[V]) -> list[V]:
    """The versions without those that notifications tell of a time after the end, in no order."""
    told = [version for version in versions if version.telling is not None]
    if not told:
        return list(versions)
    read = [version for version in versions if version.telling is None]
    row = max(reversed(read), key=_known) if read else None  # the current one comes last, of one cycle as well
    if row is not None and not row.active:
        return read + _with_saves(_before(row, told), read)
    return read + _with_saves(_until_told_over(row, told), read)


def _before(row: V, told: Sequence[V]) -> list[V]:
    """What was told of the time before a known end; the end itself only where the row doesn't tell it."""
    end = min(row.vanished_before or row.deleted or row.known_from, row.known_from)  # by whatever clock it ended
    if row.vanished_before is None:
        return [version for version in told if version.active and version.known_from < end]
    ends = [version for version in told if not version.active and version.known_from <= end]
    last = min(ends, key=_age, default=None)
    end = end if last is None else last.known_from
    return [version for version in told if version.active and version.known_from < end] + ([last] if last else [])


def _until_told_over(row: V | None, told: Sequence[V]) -> list[V]:
    ends = [version for version in told if not version.active]
    if row is not None:
        ends = [version for version in ends if shifted(version.known_from, CLOCKS) >= row.known_from]
    alive = [version for version in told if version.active]
    if not ends:
        return alive
    last = min(ends, key=_age)
    kept = [version for version in alive if version.known_from < last.known_from]
    if row is not None and row.known_from >= last.known_from:  # as far as clocks may differ
        changed: Any = last
        last = changed._replace(known_from=row.known_from)
    return [*kept, last]


def _with_saves(told: Sequence[V], read: Sequence[V]) -> list[V]:
    """What was told, with the time of the save that it shows, where the next reading tells that."""
    ordered = sorted((version for version in read if version.vanished_before is None), key=_known)
    found: list[V] = []
    for version in told:
        place = bisect_left(ordered, version.known_from, key=_known)
        saved = ordered[place].updated if place < len(ordered) else None
        if saved is not None and saved <= version.known_from:
            changed: Any = version
            version = changed._replace(updated=saved)
        found.append(version)
    return found


def _known(version: Version) -> datetime:
    return version.known_from


def _age(version: Version) -> tuple[datetime, str]:
    return version.known_from, repr(version)


def shows(version: Version, name: str) -> bool:
    """Whether a version says anything of an attribute."""
    return version.telling is None or name not in version.telling.untold


def rule_of(version: Version, *names: str) -> str | None:
    """The rule by which one of these attributes changed at the instant of a version; None when it was only shown."""
    telling = version.telling
    return None if telling is None or telling.exact.isdisjoint(names) else telling.rule


def origin_of(version: Version) -> Origin:
    """What kind of fact a version is."""
    return "row" if version.telling is None else "notification"
