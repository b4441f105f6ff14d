"""What a row alone tells of a resource: when it began and ended, and the course of what stands in its columns.

- It begins with its creation: the earliest one ever read, because cinder swaps the rows of a migrated volume and its
  temporary twin, creation time included. A sign of life well before that disproves it; without any creation time the
  first sign of life counts. Either is an estimate.
- What a column showed at the first reading, it showed from the beginning: nothing tells otherwise.
- A change that a later reading shows happened when the row was last saved, if that was since the reading before, else
  when it was read. It can't have been before the last instant at which the row is known to have had the old value.
- Nothing changes any more once its deletion is asked for, or done. What only the deleted row shows changed before that:
  an estimate in the last second, whose bounds go back to the last reading.
- It ends with its deletion. A row that vanished ended between the last sign of life and the first instant at which it
  was surely gone; the latest possible time counts. A deletion without a time lies before the reading that shows it.
- Where an estimate and an exact change fall together, the boundary is an estimate: its bounds hold for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from reporting_pollster.domain.timeline.moment import CLOCKS, shifted
from reporting_pollster.domain.timeline.notified import Version, believed, origin_of, rule_of, shows
from reporting_pollster.domain.timeline.period import Change, Period, Reading, Track, periods, reconciled

_SECOND = timedelta(seconds=1)
_EARLY = datetime(1, 1, 1)


class RowVersion(Version, Protocol):
    """A version of a row: what was read or told at `known_from`, and held until the next version."""

    @property
    def created(self) -> datetime | None: ...
    @property
    def vanished_after(self) -> datetime | None: ...


class StatusVersion(RowVersion, Protocol):
    """A version of a row that has a status."""

    @property
    def status(self) -> str | None: ...


R = TypeVar("R", bound=RowVersion)
S = TypeVar("S", bound=StatusVersion)


class Life(NamedTuple, Generic[R]):
    """From its beginning to its end (None: it lives), with the readings that showed it alive.

    Of one that was never seen alive, `seen` has the row itself, as if it had been read at the beginning. `last` is the
    last second in which anything could change.
    """

    begun: Change
    ended: Change | None
    last: datetime | None
    row: R
    seen: list[tuple[R, Reading]]

    @property
    def final(self) -> Reading | None:
        """What the row of something deleted shows: how it was in the end."""
        if self.last is None or self.ended is None or self.ended.origin != "row":
            return None
        return Reading(self.last, self.last, None, self.row.updated, self.row)


def by_age(versions: Iterable[R]) -> list[R]:
    """Each version once, the current row last; of two that were read within a second, the one that was saved later."""
    ordered = sorted(set(versions), key=_age)
    if any(_age(one) == _age(other) for one, other in pairwise(ordered)):
        ordered = sorted(sorted(ordered, key=repr), key=_age)  # nothing tells, but it is always the same
    return ordered


def _age(version: RowVersion) -> tuple[datetime, bool, datetime]:
    return version.known_from, not version.active, version.updated or _EARLY


def life(versions: Iterable[R], signs: Iterable[datetime | None] = (), asked: datetime | None = None) -> Life[R] | None:
    """The bounds of a resource; None when nothing tells of it.

    `signs` are further instants at which it existed, and `asked` the one at which its deletion was asked for.
    """
    ordered = by_age(believed(list(versions)))
    begun = _begun(ordered, [sign for sign in signs if sign is not None]) if ordered else None
    if begun is None:
        return None
    row = ordered[-1]
    ended = None if row.active else _ended(begun, ordered)
    ends = [at for at in (asked, ended.at if ended is not None else None) if at is not None]
    last = max(shifted(min(ends), -_SECOND), begun.at) if ends else None
    return Life(begun, ended, last, row, _seen(ordered, begun, ended))


def told(bounds: Life[R], name: str, rule: str, value: Callable[[R], Any] | None = None) -> Track:
    """The course of an attribute that nothing but the row tells, or of what follows from that attribute alone."""
    read = value or attrgetter(name)
    readings = [
        reading.of(read(version), rule_of(version, name)) for version, reading in bounds.seen if shows(version, name)
    ]
    if bounds.final is not None and shows(bounds.row, name):
        readings.append(bounds.final.of(read(bounds.row)))
    if bounds.last is not None:
        readings = [_not_after(bounds.last, reading) for reading in readings]
    return reconciled([bounds.begun._replace(value=readings[0].value if readings else None)], readings, rule)


def side_by_side(bounds: Life[R], tracks: Sequence[Track]) -> list[Period[Any]]:
    """The periods that the tracks make together, from the beginning to the end."""
    estimates: dict[datetime, Change] = {}
    for track in tracks:
        for before, change in pairwise(track):
            if change.origin == "estimate" and change.value != before.value:
                other = estimates.get(change.at)
                estimates[change.at] = change if other is None else _both(change, other)
    found = periods(tracks, bounds.ended)
    inner = [estimates.get(each.start, each.began) for each in found[1:]]
    return [
        each._replace(began=began, finished=finished)
        for each, began, finished in zip(found, [bounds.begun, *inner], [*inner, bounds.ended], strict=False)
    ]


def state_readings(bounds: Life[S], states: Mapping[str, str]) -> list[Reading]:
    """The states that the living row showed; a status that is not among `states` says nothing new."""
    return [
        reading.of(states[version.status or ""], rule_of(version, "status"))
        for version, reading in bounds.seen
        if version.active and (version.status or "") in states
    ]


def states_told(bounds: Life[S], states: Mapping[str, str], unread: str, in_the_end: str | None = None) -> Track:
    """The course of its state: `unread` if it was never read alive; `in_the_end` is what the deleted row tells."""
    readings = state_readings(bounds, states)
    first = readings[0].value if readings else unread
    if bounds.final is not None and in_the_end is not None:
        readings.append(bounds.final._replace(value=in_the_end))
    return reconciled([bounds.begun._replace(value=first)], readings, "state as read")


def _not_after(last: datetime, reading: Reading) -> Reading:
    return reading if reading.begun <= last else reading._replace(begun=last, ended=last)


def _both(one: Change, other: Change) -> Change:
    return one._replace(earliest=min(one.earliest or one.at, other.earliest or other.at))


def saved_by(version: RowVersion) -> datetime:
    """When a version was last saved, as far as that was before it was read; else when it was read."""
    return version.known_from if version.updated is None else min(version.updated, version.known_from)


def _begun(versions: Sequence[RowVersion], signs: list[datetime]) -> Change | None:
    created = [
        (version.created, version.telling is not None, number)
        for number, version in enumerate(versions)
        if version.created is not None
    ]
    if created:
        at, _is_told, number = min(created)
        sign = min(signs, default=at)
        if sign < shifted(at, -CLOCKS):
            return Change(sign, None, "estimate", "lived before its creation", versions[number], latest=sign)
        return Change(at, None, origin_of(versions[number]), "created", versions[number])
    signs += [version.updated for version in versions if version.updated is not None]
    signs += [version.known_from for version in versions if version.active]
    if not signs:
        return None
    at = min(signs)
    return Change(at, None, "estimate", "no creation time: first sign of life", versions[-1], latest=at)


def _ended(begun: Change, versions: Sequence[RowVersion]) -> Change:
    row = versions[-1]
    if row.vanished_before is None and row.deleted is not None:
        return Change(row.deleted, None, origin_of(row), "deleted", row)
    told = next((version for version in versions if version.telling is not None and not version.active), None)
    if told is not None and row.vanished_before is not None:
        at = min(max(told.deleted or told.known_from, begun.at), row.vanished_before)
        return Change(at, None, "notification", "deleted", told)
    rule = "deleted without a time" if row.vanished_before is None else "vanished"
    at = row.vanished_before or row.known_from
    signs = [version.known_from for version in versions if version.active]
    signs += [version.updated for version in versions if version.updated is not None]
    signs += [begun.at] if row.vanished_after is None else [begun.at, row.vanished_after]
    return Change(at, None, "estimate", rule, row, None, min(max(signs), at), at)


def _seen(versions: Sequence[R], begun: Change, ended: Change | None) -> list[tuple[R, Reading]]:
    """Readings at `known_from`, and where the row was saved later and nothing else came of it, at that save as well."""
    alive = [version for version in versions if version.active and (ended is None or version.known_from < ended.at)]
    found: list[tuple[R, Reading]] = []
    for number, version in enumerate(alive):
        at, saved = max(version.known_from, begun.at), version.updated
        later = (each.known_from for each in alive[number + 1 :] if each.telling is None)
        until = next(later, ended.at if ended is not None else None)
        found.append((version, Reading(at, at, None, saved, version)))
        if saved is not None and saved > at and (until is None or saved < until):
            found.append((version, Reading(saved, saved, None, saved, version)))
    found.sort(key=lambda seen: seen[1].begun)
    return found or [(versions[-1], Reading(begun.at, begun.at, None, None, versions[-1]))]
