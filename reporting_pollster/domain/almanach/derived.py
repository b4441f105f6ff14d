"""Entries from periods: what the sources tell, in Almanach's form.

A period ends with each change of state, host or zone, an entry does not. On the other hand periods do not tell which
instances a volume was attached to, nor the properties of the image: their courses are laid beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from reporting_pollster.domain.almanach.entry import Entries, Entry, joined, known_to

_CLOCKS = timedelta(seconds=30)  # by which a service's notification and its row may differ
Course = Sequence[tuple[datetime, Any]]  # values in order of time, each until the next


class Attachment(NamedTuple):
    """An instance had a volume from an instant until another (None: it still has)."""

    instance: str
    begun: datetime
    ended: datetime | None


class Attached(NamedTuple):
    """At an instant a volume was told to be attached to these instances."""

    at: datetime
    instances: tuple[str, ...]


def derived_entries(pieces: Iterable[Entry], **courses: Course) -> list[Entry]:
    """The entries of a resource from those of its periods, and from the courses of further properties.

    What a course has first was so from the beginning.
    """
    found = list(pieces)
    for name, course in courses.items():
        found = [part for piece in found for part in _along(piece, name, course)]
    return joined(found)


def attachment_course(attachments: Iterable[Attachment], told: Iterable[Attached]) -> Course:
    """Which instances a volume was attached to. What was told by events is added to what the rows say.

    A row says more exactly when; but a row that is still to be read says nothing of what an event told meanwhile.
    """
    spans = list(attachments)
    for event in sorted(told):
        spans = _with_event(spans, event)
    times = {at for span in spans for at in (span.begun, span.ended) if at is not None}
    course: list[tuple[datetime, Any]] = [(datetime.min, ())]  # noqa: DTZ901 (only compared)
    for at in sorted(times):
        held = {span.instance for span in spans if span.begun <= at and (span.ended is None or at < span.ended)}
        course.append((at, tuple(sorted(held))))
    return course


def with_following(declared: Entries, derived: Entries) -> list[Entry]:
    """What a client told, and what the sources tell of the time after that.

    The sources have their say when they tell of a change later than all that the client told of; until then what the
    client told goes on.
    """
    if not declared:
        return list(derived)
    known, last = known_to(declared), declared[-1]
    turns = [entry.start for entry in derived if entry.start > known]
    if last.end is None:
        turns += [entry.end for entry in derived if entry.end is not None and entry.end > known]
    if not turns:
        return list(declared)
    turn = min(turns)
    following = [entry for entry in derived if entry.start >= turn]
    if last.end is not None:
        return [*declared, *following]
    return [*declared[:-1], *joined([last.ended(turn), *following])]


def _along(piece: Entry, name: str, course: Course) -> Iterable[Entry]:
    if not course:
        yield piece
        return
    start, value = piece.start, course[0][1]
    for at, following in course:
        if at <= start:
            value = following
            continue
        if piece.end is not None and at >= piece.end:
            break
        yield _part(piece, start, at)._replace(**{name: value})
        start, value = at, following
    yield _part(piece, start, piece.end)._replace(**{name: value})


def _part(piece: Entry, start: datetime, end: datetime | None) -> Entry:
    return piece._replace(start=start, end=end, last_event=end or start)


def _with_event(spans: Sequence[Attachment], event: Attached) -> list[Attachment]:
    result, held = [], set()
    for span in spans:
        near = span.begun - _CLOCKS <= event.at and (span.ended is None or event.at <= span.ended + _CLOCKS)
        if near:
            held.add(span.instance)
        is_over = span.ended is None and span.begun + _CLOCKS < event.at and span.instance not in event.instances
        result.append(span._replace(ended=event.at) if is_over else span)
    fresh = [Attachment(each, event.at, None) for each in event.instances if each not in held]
    return [*result, *fresh]
