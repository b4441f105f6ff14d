"""What a write makes of the entries of a resource: Almanach's rules, and what it got wrong put right.

- There is at most one open entry, and no two lie at the same time: a repeated create changes the entry that is there.
- A change in the past belongs to the entry of its date, and holds until something else is told of the same property.
  None ends before it began: what is told of a time before the first entry is true of that from its start.
- Soon after a volume's entry began (`threshold`) attachments change in place, since attaching is part of making it;
  and the tail of a volume that is deleted so soon after its last change was never more than a step of the deletion.
- A change to what was so anyway is none.

Each function takes the entries of one resource, in order of time, and returns what they are afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reporting_pollster.domain.almanach.entry import Entries, Entry, are_sound, in_order, known_to, open_entry
from reporting_pollster.errors import UnknownName, WrongParameter


class NoEntry(UnknownName):
    """There is none that could be changed."""


class SeveralEntries(WrongParameter):
    """There is more than one that could be meant."""


def created(entries: Entries, new: Entry) -> Entries:
    """A resource was made; nothing if something later is known of it."""
    if not entries:
        return [new]
    if known_to(entries) > new.start:
        return entries
    *earlier, last = entries
    if last.start == new.start:
        return [*earlier, new]
    return [*earlier, last if last.end is not None else last.ended(new.start), new]


def deleted(entries: Entries, at: datetime, threshold: timedelta = timedelta()) -> Entries:
    """It ended, and with it all that was known of later."""
    last = _open(entries)
    *earlier, _ = entries
    if at >= last.start:
        return list(earlier) if earlier and at - last.start < threshold else [*earlier, last.ended(at)]
    *kept, final = [entry for entry in entries if entry.start < at] or entries[:1]
    end = max(at, final.start)
    return [*kept, final.ended(end) if final.end is None or final.end > end else final]


def changed(entries: Entries, at: datetime, **values: Any) -> Entries:
    """From an instant on some properties had these values."""
    _open(entries)
    place = _place(entries, at)
    old = entries[place]
    if _has(old, values):
        return entries
    before = {name: getattr(old, name) for name in values}
    result = list(entries[:place])
    if at > old.start:
        result.append(old.ended(at))
    start = max(at, old.start)
    result.append(old._replace(start=start, last_event=max(start, old.end or start), **values))
    follow = list(entries[place + 1 :])
    while (
        follow and follow[0].start == result[-1].end and {name: getattr(follow[0], name) for name in values} == before
    ):
        result.append(follow.pop(0)._replace(**values))
    return result + follow


def attached(entries: Entries, at: datetime, instances: Sequence[str], threshold: timedelta) -> Entries:
    """These are the instances that a volume is attached to from now on."""
    last = _open(entries)
    in_place = bool(last.attached_to) or at - last.start < threshold
    return _attachments(entries, at, instances, in_place=in_place)


def detached(entries: Entries, at: datetime, instances: Sequence[str], threshold: timedelta) -> Entries:
    """These are the instances that a volume is still attached to."""
    last = _open(entries)
    in_place = bool(instances) or at - last.start < threshold
    return _attachments(entries, at, instances, in_place=in_place)


@dataclass(frozen=True)
class Correction:
    """What is to be put right in one entry; None leaves it."""

    name: str | None = None
    flavor: str | None = None
    image_meta: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def of(self, entry: Entry) -> Entry:
        """The entry as it should be. Raises WrongParameter when nothing would change."""
        values = {name: value for name, value in vars(self).items() if value is not None}
        if not values:
            raise WrongParameter("nothing to change was given")
        right = entry._replace(**values)
        return right._replace(last_event=max(right.last_event, right.start, right.end or right.start))


def corrected(entries: Entries, correction: Correction) -> Entries:
    """The open entry is put right."""
    _open(entries)
    return _corrected(entries, len(entries) - 1, correction)


def corrected_between(
    entries: Entries, begin: datetime, end: datetime, correction: Correction
) -> tuple[Entries, Entry]:
    """The only entry that began and ended within a span is put right: all entries, and this one."""
    places = [
        place
        for place, entry in enumerate(entries)
        if entry.end is not None and begin <= entry.start and entry.end <= end
    ]
    if not places:
        raise NoEntry("no entry began and ended within this time")
    if len(places) > 1:
        raise SeveralEntries(f"{len(places)} entries began and ended within this time")
    result = _corrected(entries, places[0], correction)
    return result, correction.of(entries[places[0]])


def _corrected(entries: Entries, place: int, correction: Correction) -> Entries:
    result = in_order([*entries[:place], correction.of(entries[place]), *entries[place + 1 :]])
    if not are_sound(result):
        raise WrongParameter("an entry may neither end before it begins nor overlap another one")
    return result


def _attachments(entries: Entries, at: datetime, instances: Sequence[str], *, in_place: bool) -> Entries:
    *earlier, last = entries
    now = tuple(dict.fromkeys(instances))
    if now == last.attached_to:
        return entries
    if not in_place:
        return changed(entries, at, attached_to=now)
    return [*earlier, last._replace(attached_to=now, last_event=max(at, last.last_event))]


def _open(entries: Entries) -> Entry:
    found = open_entry(entries)
    if found is None:
        raise NoEntry("no entry goes on")
    return found


def _has(entry: Entry, values: Mapping[str, Any]) -> bool:
    return all(getattr(entry, name) == value for name, value in values.items())


def _place(entries: Entries, at: datetime) -> int:
    """The entry of an instant, or else the first one after it."""
    return next(place for place, entry in enumerate(entries) if entry.end is None or entry.end > at)
