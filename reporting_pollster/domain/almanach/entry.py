"""What an entry is: from its start to its end (None: it goes on) an instance or a volume had these properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, NamedTuple

Kind = Literal["instance", "volume"]
Entries = Sequence["Entry"]  # of one resource, in order of time; at most the last one is open


class Entry(NamedTuple):
    """`flavor`, `image_meta` and `metadata` are an instance's; the others below them a volume's.

    `last_event` is the date of the last event that changed the entry, `processed` when it was written.
    """

    kind: Kind
    entity_id: str
    project_id: str | None
    start: datetime
    end: datetime | None
    last_event: datetime
    processed: datetime | None = None
    name: str | None = None
    flavor: str | None = None
    image_meta: Mapping[str, Any] = {}
    metadata: Mapping[str, Any] = {}
    volume_type_id: str | None = None
    volume_type: str | None = None
    size: int | None = None
    attached_to: tuple[str, ...] = ()

    def ended(self, at: datetime) -> Entry:
        """The same entry, over."""
        return self._replace(end=at, last_event=at)

    @property
    def properties(self) -> tuple[Any, ...]:
        """What is constant in an entry: where it changes another one begins."""
        image = tuple(sorted(self.image_meta.items()))
        volume = (self.volume_type_id, self.size, tuple(sorted(self.attached_to)))
        return (self.project_id, self.flavor, image, *volume)

    def overlaps(self, begin: datetime, end: datetime) -> bool:
        """Whether any of it lies in a span, both ends included."""
        return self.start <= end and (self.end is None or self.end >= begin)


def open_entry(entries: Entries) -> Entry | None:
    """The one that goes on."""
    return entries[-1] if entries and entries[-1].end is None else None


def known_to(entries: Entries) -> datetime:
    """The latest instant that the entries tell of."""
    return max(max(entry.last_event, entry.start, entry.end or entry.start) for entry in entries)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """By time; of two that begin together the one that never lasted comes first."""
    return sorted(entries, key=lambda entry: (entry.start, entry.end is None, entry.end or entry.start))


def are_sound(entries: Entries) -> bool:
    """Whether none ends before it begins, and none begins before its predecessor has ended."""
    lasting = all(entry.end is None or entry.start <= entry.end for entry in entries)
    return lasting and all(one.end is not None and one.end <= other.start for one, other in pairwise(entries))


def joined(entries: Iterable[Entry]) -> list[Entry]:
    """One entry of those that follow each other without a gap and have the same properties."""
    result: list[Entry] = []
    for entry in entries:
        before = result[-1] if result else None
        if before is not None and before.end == entry.start and before.properties == entry.properties:
            result[-1] = _both(before, entry)
        else:
            result.append(entry)
    return result


def _both(before: Entry, entry: Entry) -> Entry:
    last = before.last_event if entry.end is None else max(before.last_event, entry.end)
    written = [at for at in (before.processed, entry.processed) if at is not None]
    return entry._replace(start=before.start, last_event=last, processed=max(written, default=None))
