"""What a timeline is made of: facts lead to changes, changes to tracks, and tracks side by side to periods.

A track is the course of one attribute (state, size, project, …) as a list of changes in order of time. Most changes
are told to the second by an action or a row. What only a later reading shows happened at some time before it: such a
change is an estimate, and says between which instants it lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from reporting_pollster.domain.timeline.moment import SENT, shifted

Origin = Literal["declared", "notification", "action", "migration", "row", "estimate"]
_SETTLED = timedelta(seconds=30)  # within which an operation that saved its row is over
_STRENGTH: Mapping[Origin, int] = {
    "declared": 0,
    "notification": 1,
    "action": 2,
    "migration": 3,
    "row": 4,
    "estimate": 5,
}


class Change(NamedTuple):
    """An attribute took a value at an instant (UTC, whole seconds).

    `origin` says what kind of fact tells it, `rule` which rule was applied, and `fact` is that fact. An operation that
    takes a while began at `since`: until `at`, a reading may show the old value or the new one. Of an estimate,
    `earliest` and `latest` are the instants between which it lies.
    """

    at: datetime
    value: Any
    origin: Origin
    rule: str
    fact: Any = None
    since: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None

    def to(self, value: Any) -> Change:
        """The same change, to a value."""
        return Change(self[0], value, *self[2:])


class Reading(NamedTuple):
    """A source was read, or a notification sent, and showed a value.

    The reading took place at some time from `begun` to `ended`, and the row was last saved at `saved`, when known. With
    a `rule` it is a notification of the very change to that value.
    """

    begun: datetime
    ended: datetime
    value: Any
    saved: datetime | None = None
    fact: Any = None
    rule: str | None = None

    def of(self, value: Any, rule: str | None = None) -> Reading:
        """The same reading, of a value."""
        return Reading(self[0], self[1], value, self[3], self[4], rule)


V = TypeVar("V")


class Period(NamedTuple, Generic[V]):
    """From `start` until `end` (exclusive; None: it goes on) all attributes had these values.

    `values` are in the order of the tracks. `began` and `finished` are the changes that opened and closed it.
    """

    start: datetime
    end: datetime | None
    values: V
    began: Change
    finished: Change | None


Track = list[Change]


def in_order(changes: Sequence[Change]) -> Track:
    """Sort changes by time; of those at one instant the weaker source comes first, so that the stronger prevails."""
    return sorted(changes, key=lambda change: (change.at, -_STRENGTH[change.origin], change.rule, repr(change.value)))


def by_time(changes: Sequence[Change]) -> Track:
    """Sort changes by time; of those at one instant the last one prevails."""
    return sorted(changes, key=lambda change: change.at)


def value_at(track: Track, at: datetime) -> Change | None:
    """The last change at or before an instant; None before the first."""
    found = None
    for change in track:
        if change.at > at:
            break
        found = change
    return found


def reconciled(track: Track, readings: Sequence[Reading], rule: str, hints: Sequence[datetime] = ()) -> Track:
    """Add an estimate wherever a reading (in order of time) shows what no change of the track explains.

    The change can't have been before the last known one, nor before the last reading that still showed the old value,
    nor after the row was saved. It is taken to have happened at one of the `hints` (instants at which such a change is
    usual): the first one after the row was saved, if that is near, else the last one within the bounds. Without any it
    is when the row was saved, else when it was read. A notification of the change itself tells it to the second: that
    of the hint or of the save that it followed, else its own.
    """
    result = list(track)
    confirmed: datetime | None = None
    for reading in readings:
        before = value_at(result, reading.begun)
        if before is None or before.value != reading.value:
            if _explains(result, reading) or _was_sent_before(result, reading):
                continue
            floor = max((at for at in (before.at if before else None, confirmed) if at is not None), default=None)
            latest, later = _ceiling(reading, floor), [hint for hint in hints if floor is None or hint > floor]
            if reading.rule is not None:
                at = _sent_after(later, latest, reading.begun)
                _insert(result, Change(at, reading.value, "notification", reading.rule, reading.fact))
                confirmed = reading.begun
                continue
            at = _likely(later, latest)
            estimate = Change(at, reading.value, "estimate", rule, reading.fact, None, floor or at, max(at, latest))
            _insert(result, estimate)
        confirmed = reading.begun
    return result


def _insert(track: Track, change: Change) -> None:
    """Into its place in time, behind others of the same instant."""
    track.insert(next((place for place, other in enumerate(track) if other.at > change.at), len(track)), change)


def _likely(hints: Sequence[datetime], latest: datetime) -> datetime:
    """The end of what saved the row, else the last hint before that; without any, the latest possible time."""
    following = min((hint for hint in hints if latest <= hint <= shifted(latest, _SETTLED)), default=None)
    return following or max((hint for hint in hints if hint < latest), default=latest)


def _sent_after(hints: Sequence[datetime], saved: datetime, sent: datetime) -> datetime:
    """The end of what was done: shortly before the notification or shortly after the save, else the save itself."""
    before = max((hint for hint in hints if saved <= hint <= sent and shifted(hint, SENT) >= sent), default=None)
    if saved == sent:
        before = max((hint for hint in hints if hint <= sent <= shifted(hint, SENT)), default=None)
    return before or min((hint for hint in hints if saved <= hint <= shifted(saved, _SETTLED)), default=saved)


def _ceiling(reading: Reading, floor: datetime | None) -> datetime:
    """The latest time of a change that a reading shows: when the row was saved, if that was after the earliest."""
    saved = reading.saved
    if saved is None or saved > reading.begun or (floor is not None and saved < floor):
        return reading.begun
    return saved


def _explains(track: Track, reading: Reading) -> bool:
    """Whether the next change, that was under way or came while the source was read, has the value."""
    following = next((change for change in track if change.at > reading.begun), None)
    if following is None or (following.since or following.at) > reading.ended:
        return False
    outcome = value_at(track, following.at)
    return outcome is not None and bool(outcome.value == reading.value)


def _was_sent_before(track: Track, reading: Reading) -> bool:
    """Whether a notification of something else shows the value that a change of the same second ended."""
    if reading.rule is not None or getattr(reading.fact, "telling", None) is None:
        return False
    place = next((place for place, change in enumerate(track) if change.at == reading.begun), 0)
    return place > 0 and bool(track[place - 1].value == reading.value)


def periods(tracks: Sequence[Track], end: Change | None) -> list[Period[Any]]:
    """Lay tracks side by side; the first change of each is where its attribute begins.

    Periods begin where the first track begins, and end at `end`. What another track has before that is its value
    from the beginning; one that begins later has None until then.
    """
    if not tracks or not tracks[0]:
        return []
    first = tracks[0][0]
    if end is not None and end.at <= first.at:
        return []
    stepped = [_steps(track) for track in tracks]
    boundaries: dict[datetime, Change] = {first.at: first}
    for steps in stepped:
        for change in steps:
            if change.at > first.at and (end is None or change.at < end.at):
                known = boundaries.get(change.at)
                if known is None or _STRENGTH[change.origin] < _STRENGTH[known.origin]:
                    boundaries[change.at] = change
    ordered = sorted(boundaries.items())
    values = zip(*(_values_at(steps, ordered) for steps in stepped), strict=True)
    ends = [*(began for _at, began in ordered[1:]), end]
    return [
        Period(at, finished and finished.at, told, began, finished)
        for (at, began), finished, told in zip(ordered, ends, values, strict=True)
    ]


def _values_at(steps: Track, ordered: Sequence[tuple[datetime, Change]]) -> list[Any]:
    """The value of a track at each of these instants; None before its first."""
    if len(steps) == 1 and steps[0].at <= ordered[0][0]:  # most never change
        return [steps[0].value] * len(ordered)
    found, place, value = [], 0, None
    for at, _change in ordered:
        while place < len(steps) and steps[place].at <= at:
            value = steps[place].value
            place += 1
        found.append(value)
    return found


def _steps(track: Track) -> Track:
    """The changes that change something."""
    if len(track) == 1:
        return track
    steps: Track = []
    for number, change in enumerate(track):
        following = track[number + 1] if number + 1 < len(track) else None
        if following is not None and following.at == change.at:
            continue  # overruled within the same second
        if not steps or steps[-1].value != change.value:
            steps.append(change)
    return steps
