"""Which entries a project had in a span of time: found by indexes, however many other projects there are.

Without a limit the list is whole and in order of time, as established clients expect it. With one, it has all entries
of so many resources, in the order of their ids; the last id is the marker that the next page begins after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, or_, select

from reporting_pollster.domain.almanach.entry import Entry, Kind
from reporting_pollster.events.almanach import AlmanachEntry
from reporting_pollster.services.almanach.entries import PERIOD, EntryReader


class Page(NamedTuple):
    """At most so many resources, behind an id."""

    limit: int
    marker: str | None = None


class Listed(NamedTuple):
    """What was asked: entries of these kinds, of a project, any of which lies in the span, ends included."""

    kinds: Sequence[Kind]
    project_id: str
    begin: datetime
    end: datetime
    page: Page | None = None


def list_entries(connection: Connection, region: str, reader: EntryReader, listed: Listed) -> list[Entry]:
    """The entries that were asked for."""
    if listed.page is not None:
        return _page(connection, region, reader, listed, listed.page)
    found: list[Entry] = []
    for kind in listed.kinds:
        ids = sorted(_ids(connection, region, kind, listed, None))
        found += [entry for entries in reader.of(kind, ids).values() for entry in _fitting(entries, listed)]
    return sorted(found, key=lambda entry: (entry.start, entry.entity_id))


def _page(connection: Connection, region: str, reader: EntryReader, listed: Listed, page: Page) -> list[Entry]:
    result: list[Entry] = []
    limit, marker = page
    while limit:  # what a client told may leave nothing of what periods promised
        some = Page(limit, marker)
        kinds = {each: kind for kind in listed.kinds for each in _ids(connection, region, kind, listed, some)}
        ids = sorted(kinds)[:limit]
        if not ids:
            break
        entries = {
            each: of_one
            for kind in listed.kinds
            for each, of_one in reader.of(kind, [each for each in ids if kinds[each] == kind]).items()
        }
        fitting = [found for each in ids if (found := list(_fitting(entries.get(each, ()), listed)))]
        result += [entry for found in fitting for entry in found]
        limit, marker = limit - len(fitting), ids[-1]
    return result


def _fitting(entries: Sequence[Entry], listed: Listed) -> Iterator[Entry]:
    for entry in entries:
        if entry.project_id == listed.project_id and entry.overlaps(listed.begin, listed.end):
            yield entry


def _ids(connection: Connection, region: str, kind: Kind, listed: Listed, page: Page | None) -> set[str]:
    """Resources that may have such entries."""
    found: set[str] = set()
    for query in _queries(region, kind, listed):
        found.update(connection.scalars(query if page is None else _paged(query, page)))
    return found


def _queries(region: str, kind: Kind, listed: Listed) -> Iterator[Select[Any]]:
    p, e = PERIOD[kind], AlmanachEntry
    begin = listed.begin.replace(microsecond=0)  # periods have whole seconds
    believed = (p.project_id == listed.project_id, p.known_to.is_(None), p.region == region)
    lasted = or_(p.valid_to.is_(None), p.valid_to >= begin)
    yield select(p.id).where(*believed, lasted, p.valid_from <= listed.end).distinct()
    told = (e.project_id == listed.project_id, e.region == region, e.kind == kind)
    lasted = or_(e.ended.is_(None), e.ended >= listed.begin)
    yield select(e.id).where(*told, lasted, e.started <= listed.end).distinct()


def _paged(query: Select[Any], page: Page) -> Select[Any]:
    key = query.selected_columns[0]
    query = query.order_by(key).limit(page.limit)
    return query if page.marker is None else query.where(key > page.marker)
