"""Reads a large source: all of it the first time, afterwards only what the three finders point at.

Cursors find what has a date, fingerprints find what left none, and the walk along the key finds the rest. All of
one cycle's reads share a snapshot, so that what they say fits together; a first load pages without one, because it
may take long, and commits its position with the rows, because it may be killed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, true

from reporting_pollster.domain.watermark import as_text, extended, moved, settled, trimmed
from reporting_pollster.entities.base import Appended, Living, Paged, Since, Unfinished
from reporting_pollster.services.read_ahead import read_ahead
from reporting_pollster.services.sync.anchors import Anchors, refuse_older_copy
from reporting_pollster.services.sync.census import census
from reporting_pollster.services.sync.context import Work
from reporting_pollster.services.sync.inputs import labels, read_inputs
from reporting_pollster.services.sync.page import Pages, is_position, mark_name
from reporting_pollster.services.sync.staged import Staged
from reporting_pollster.services.sync.stager import Stager
from reporting_pollster.services.sync.walk import walk_budget
from reporting_pollster.sources.database import Database, Session
from reporting_pollster.store.companion import key_of, stage_of
from reporting_pollster.store.engine import reading
from reporting_pollster.store.state import State

LOG = logging.getLogger(__name__)
Row = tuple[Any, ...]
_UNSETTLED_MARGIN = 500  # keys re-read below the lowest one known, until it has been known for an overlap


class PagedReader:
    """One read of one paged source."""

    def __init__(self, work: Work, source: Paged, state: State) -> None:
        self._work, self._source, self._state = work, source, state
        self._database: Database = work.database(source.database)
        inputs = read_inputs(work) if source.transform is not None else None
        self._transform = source.transform(inputs) if source.transform is not None and inputs is not None else None
        self._columns = source.columns or labels(source.select(self._database.tables))
        self._key_at = self._columns.index(source.key)
        constants = work.scope.constants()
        self._our_key_at = [
            (None, constants[name]) if name in constants else (self._columns.index(name), None)
            for name in key_of(work.entity)
        ]
        self._seen_keys: set[Any] = set()
        self._anchors = Anchors(self._columns, source.key, state.progress.anchors, work.settings.anchors)
        self._gone: set[Any] = set()
        self._suspects: set[Any] = set()
        self._met: set[Row] = set()
        self._held: int | None = None

    # -- the two ways to read

    def load(self) -> Staged:
        """Page through everything; goes on where an interrupted load stopped."""
        resumed = self._state.progress.load is not None
        with self._database.session() as session:
            self._now = now = session.now()
            pages, shadow = self._pages(session)
            self._stager = Stager(self._work, self._columns, now)
            state = self._state if resumed else self._beginning(pages, now)
            if not resumed:
                self._stager.begin()
            state = self._load_pages(pages, shadow, state)
            ended = session.now()
        began = state.progress.walk_began
        # a first load fills an empty table, which passes over repeats by itself
        self._stager.finish(latest=self._state.loaded)
        state = state.moved(load=None, load_shadow=False, walk=None, walk_shadow=False, walk_began=None)
        state = state.moved(swept_from=began, anchors=self._anchors.kept())
        state = replace(state, loaded=True, seen_at=now, swept_at=now)
        first = not self._state.loaded
        return Staged(state, now, ended, self._stager.rows, self._stager.bad, complete=True, first=first)

    def follow(self) -> Staged:
        """Find what has changed since the last read."""
        with self._database.session(snapshot=True) as session:
            self._now = now = session.now()
            self._pages_now, self._shadow_now = self._pages(session)
            self._stager = Stager(self._work, self._columns, now)
            refuse_older_copy(self._work, self._source, self._state, self._pages_now, self._shadow_now, now)
            self._stager.begin()
            state = self._follow_cursors(now)
            self._read_unfinished(now)
            self._compare_living()
            state = self._walk(state, now)
        self._anchors.forget(self._gone)
        state = replace(state.moved(anchors=self._anchors.kept()), seen_at=now)
        self._stager.finish()
        rows, bad = self._stager.rows, self._stager.bad
        return Staged(state, now, now, rows, bad, complete=False, gone=self._gone_rows(), held=self._held)

    def only(self, ids: Collection[str]) -> Staged:
        """Read the rows that have these ids with us; what isn't there any more is for the finders to close."""
        with self._database.session(snapshot=True) as session:
            self._now = now = session.now()
            self._pages_now, self._shadow_now = self._pages(session)
            self._stager = Stager(self._work, self._columns, now)
            refuse_older_copy(self._work, self._source, self._state, self._pages_now, self._shadow_now, now)
            self._stager.begin()
            for rows in self._pages_now.by_column("id", ids):
                self._stager.add(self._transformed(rows))
        self._stager.finish()
        return Staged(self._state, now, now, self._stager.rows, self._stager.bad, complete=False, single=True)

    # -- first load

    def _beginning(self, pages: Pages, now: datetime) -> State:
        marks, trail = dict[str, str](), list[tuple[str, int]]()
        for cursor in self._source.cursors:
            if isinstance(cursor, Since):
                highest = moved(None, [pages.highest(cursor)], now)
                if highest is not None:
                    marks[mark_name(cursor)] = highest
            elif isinstance(cursor, Appended):
                trail = extended([], now, int(pages.highest(cursor) or 0))
        return self._state.moved(marks=marks, trail=trail, walk_began=as_text(now))

    def _load_pages(self, pages: Pages, shadow: Pages | None, state: State) -> State:
        size, expected = self._work.settings.page_rows, self._expected()
        streams = [(False, pages), (True, shadow)]
        for is_shadow, stream in streams:
            if stream is None or (state.progress.load_shadow and not is_shadow):
                continue
            after = state.progress.load if state.progress.load_shadow == is_shadow else None
            with closing(self._from(stream, after, size, ahead=not is_shadow)) as batches:
                for rows in batches:
                    batch = self._transformed(rows)
                    after = self._position(batch)
                    if is_shadow:
                        batch = self._without_namesakes(pages, batch)
                    if after is None:  # nothing can follow; the checker puts the last rows aside
                        self._stager.add(batch)
                        break
                    state = state.moved(load=after, load_shadow=is_shadow)
                    # a repeated read of a loaded table is not resumed: its position would mean something else
                    self._stager.add(batch, None if self._state.loaded else state, expected)
                    self._anchors.remember(batch, self._now)
        return state

    def _from(self, stream: Pages, after: Any, size: int, *, ahead: bool) -> Generator[list[Row]]:
        """The pages behind a key; ahead of their use, unless the session is needed for other questions meanwhile."""
        pages = stream.pages(after, size)
        return read_ahead(pages) if ahead and not self._database.is_sqlite else pages

    # -- finders

    def _follow_cursors(self, now: datetime) -> State:
        overlap, pages = self._work.settings.overlap_seconds, self._pages_now
        marks, trail = dict(self._state.progress.marks), self._state.progress.trail
        for cursor in self._source.cursors:
            if isinstance(cursor, Since):
                name = mark_name(cursor)
                begin = self._work.request.since
                mark = as_text(begin + timedelta(seconds=overlap)) if begin else marks.get(name)
                self._add(pages.since(cursor, mark, overlap))
                highest = moved(marks.get(name), [pages.highest(cursor)], now)
                if highest is not None:
                    marks[name] = highest
            elif isinstance(cursor, Appended):
                self._add(pages.beyond(cursor, self._settled(trail, now)))
                trail = trimmed(extended(trail, now, pages.highest(cursor)), now, overlap)
        return self._state.moved(marks=marks, trail=trail)

    def _settled(self, trail: Sequence[tuple[str, int]], now: datetime) -> int:
        known = settled(trail, now, self._work.settings.overlap_seconds)
        if known is not None:
            return known
        return max(0, trail[0][1] - _UNSETTLED_MARGIN) if trail else 0

    def _read_unfinished(self, now: datetime) -> None:
        for finder in self._source.cursors:
            if isinstance(finder, Unfinished):
                self._fetch(self._unfinished_keys(finder, now))

    def _unfinished_keys(self, finder: Unfinished, now: datetime) -> set[Any]:
        target = self._work.entity.target
        touched, since = target.c[finder.touched], target.c[finder.since]
        begin = now - timedelta(hours=self._work.settings.unfinished_hours)
        recent = or_(touched >= begin, and_(touched.is_(None), since >= begin))
        query = (
            select(target.c[self._source.key])
            .where(self._work.scope.rows_of(target), target.c[finder.column].is_(None), recent)
            .order_by(since.desc())
            .limit(self._work.settings.page_rows)
        )
        with reading(self._work.engine) as connection:
            return set(connection.execute(query).scalars())

    def _compare_living(self) -> None:
        living = self._source.living
        if living is None or not self._covers(living):
            return
        self._stager.finish()  # counts need each row once
        found = census(self._work, living, self._pages_now)
        self._held = found.held
        if found.suspects:
            name = self._work.entity.name
            LOG.debug("fingerprints differ table=%s groups=%d rows=%d", name, found.groups, len(found.suspects))
            self._fetch(found.suspects)

    def _covers(self, living: Living) -> bool:
        """Whether an index holds the living by group: without one (cinder before 2024.1) counting them is a scan."""
        indexes = self._database.indexes
        wanted = ("deleted",) if living.group is None else ("deleted", living.group)
        return indexes is None or any(
            index[: len(wanted)] == wanted for index in indexes.get(self._source.table, frozenset())
        )

    def _walk(self, state: State, now: datetime) -> State:
        size = self._work.settings.page_rows
        budget = walk_budget(self._work, self._source, state, now)
        progress = state.progress
        while budget > 0:
            if progress.walk is None and not progress.walk_shadow:
                progress = replace(progress, walk_began=as_text(now))
            if progress.walk_shadow and self._shadow_now is None:  # its GRANT was taken back
                progress = replace(progress, walk=None, walk_shadow=False)
            stream = self._shadow_now if progress.walk_shadow and self._shadow_now else self._pages_now
            limit = min(size, budget)
            rows = stream.page(progress.walk, limit)
            batch = self._transformed(rows)
            self._stage(self._without_namesakes(self._pages_now, batch) if progress.walk_shadow else batch)
            budget -= max(len(rows), 1)
            last = None if len(rows) < limit else self._position(batch)
            if not progress.walk_shadow and self._work.entity.gone != "keep":
                self._fetch(self._unmet_between(progress.walk, last, batch))
            progress, swept = self._next_stretch(progress, last)
            if swept:
                state = replace(state, swept_at=now)
                break
        return replace(state, progress=progress)

    def _next_stretch(self, progress: Any, last: Any) -> tuple[Any, bool]:
        if last is not None:
            return replace(progress, walk=last), False
        if not progress.walk_shadow and self._shadow_now is not None:
            return replace(progress, walk=None, walk_shadow=True), False
        began = progress.walk_began
        return replace(progress, walk=None, walk_shadow=False, walk_began=None, swept_from=began), True

    def _unmet_between(self, after: Any, last: Any, batch: Sequence[Row]) -> set[Any]:
        """Source keys, in a stretch of the walk, of our active rows that were not met there under the key of ours."""
        target = self._work.entity.target
        key = target.c[self._source.key]
        columns = (key.label("source_key"), *(target.c[name] for name in key_of(self._work.entity)))
        query = select(*columns).where(self._work.scope.rows_of(target), target.c.active == true())
        if after is not None:
            query = query.where(key > after)
        if last is not None:
            query = query.where(key <= last)
        met = {(row[self._key_at], *self._our_key(row)) for row in batch}
        with reading(self._work.engine) as connection:
            return {row[0] for row in connection.execute(query) if tuple(row) not in met}

    def _without_namesakes(self, living: Pages, archived: list[Row]) -> list[Row]:
        """Archived rows but those whose key a living one has: old servers give the number of an archived row again."""
        if self._source.key not in key_of(self._work.entity):
            return archived
        keys = [row[self._key_at] for row in archived if is_position(row[self._key_at])]
        taken = {key for begin in range(0, len(keys), 500) for key in living.changed(keys[begin : begin + 500])}
        return [row for row in archived if row[self._key_at] not in taken]

    # -- rows by key, and rows that are gone

    def _fetch(self, keys: set[Any]) -> None:
        """Read these rows; those that are nowhere are gone, and so is one whose number another row has."""
        missing = set(filter(is_position, keys))
        self._suspects |= missing
        for stream in (self._pages_now, self._shadow_now):
            if stream is None:
                continue
            for rows in stream.by_key(missing):
                batch = self._transformed(rows)
                missing -= {row[self._key_at] for row in batch}
                self._met |= {self._our_key(row) for row in batch}
                self._stage(batch)
        self._gone |= missing

    def _gone_rows(self) -> tuple[tuple[Any, ...], ...]:
        """Our keys of the rows that are gone and that we hold as active.

        A row that was read under another source key than we knew it by is not gone, nor one that can't be loaded.
        """
        if self._work.entity.gone == "keep":
            return ()
        target = self._work.entity.target
        columns = [target.c[name] for name in key_of(self._work.entity)]
        found: list[tuple[Any, ...]] = []
        suspects = sorted(self._suspects)
        with reading(self._work.engine) as connection:
            for begin in range(0, len(suspects), 500):
                some = target.c[self._source.key].in_(suspects[begin : begin + 500])
                query = select(*columns).where(self._work.scope.rows_of(target), target.c.active == true(), some)
                rows = [tuple(row) for row in connection.execute(query)]
                staged = self._staged_among(connection, rows)
                found += [row for row in rows if row not in staged and row not in self._met]
        return tuple(found)

    def _staged_among(self, connection: Connection, rows: Sequence[Row]) -> set[Row]:
        """Which of these keys (ours) were read in this cycle."""
        stage = stage_of(self._work.entity.name)
        columns = [stage.c[name] for name in key_of(self._work.entity)]
        query = select(*columns).where(self._work.scope.rows_of(stage), columns[0].in_([row[0] for row in rows]))
        return {tuple(row) for row in connection.execute(query)} if rows else set()

    # -- rows

    def _pages(self, session: Session) -> tuple[Pages, Pages | None]:
        tables = self._database.tables
        main = Pages(self._source, session, tables)
        archive = tables.shadow()
        if not self._source.shadowed or not archive.has(self._source.table):
            return main, None
        return main, Pages(self._source, session, archive)

    def _position(self, batch: Sequence[Row]) -> Any:
        """Where the next page begins; None when nothing can follow."""
        last = batch[-1][self._key_at]
        return last if is_position(last) else None

    def _our_key(self, row: Row) -> Row:
        """The primary key that a row has with us."""
        return tuple(constant if at is None else row[at] for at, constant in self._our_key_at)

    def _transformed(self, rows: list[Row]) -> list[Row]:
        return [self._transform(row) for row in rows] if self._transform is not None else rows

    def _add(self, batches: Iterable[list[Row]]) -> None:
        for rows in batches:
            self._stage(self._transformed(rows))

    def _stage(self, batch: list[Row]) -> None:
        self._stager.add(batch)
        self._anchors.remember(batch, self._now)

    def _expected(self) -> int | None:
        return None
