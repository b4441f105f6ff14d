"""What the source says that we should hold, in pieces: read as a sync reads it, checked and repaired as it is there.

Large sources are paged along their key with no snapshot held open, the archive after the living; the others come as
one piece of which only a checksum per row is kept. A row that is suspect is read once more by its key, because the
source and the store go on living while they are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from reporting_pollster.domain.canonical import canonical, digest
from reporting_pollster.domain.rows import Checker
from reporting_pollster.entities.base import Paged, Whole
from reporting_pollster.services.sync.context import Origin
from reporting_pollster.services.sync.inputs import labels, read_inputs
from reporting_pollster.services.sync.page import Pages, is_position
from reporting_pollster.services.sync.whole import clock, read_whole
from reporting_pollster.sources.database import Session
from reporting_pollster.store.ours import Key, Layout, Row
from reporting_pollster.store.rules import rules_for

Suspects = Mapping[Key, Any]  # our key -> the source's


@dataclass(frozen=True)
class Span:
    """Our rows that a piece is compared with: those with a source key in `(after, last]`, None being the ends."""

    after: Any
    last: Any


@dataclass(frozen=True)
class Piece:
    """Some rows of the source: a checksum for each key of ours.

    `span` is None where all our rows of the source are meant, and `empty` when there is nothing to compare with.
    Without `surplus`, our rows that are not in it say nothing (they were looked at before), and none is read for it.
    """

    digests: Mapping[Key, bytes]
    source_keys: Mapping[Key, Any]
    withheld: int
    span: Span | None = None
    empty: bool = False
    surplus: bool = True


class Expected(Protocol):
    """One source of one table."""

    def pieces(self, size: int) -> Iterator[Piece]:
        """All of it; of a large one `size` rows at a time."""

    def again(self, suspects: Suspects) -> dict[Key, Row]:
        """These rows as they are now, in canonical form, as far as they exist."""

    def clock(self) -> datetime:
        """The source's time."""


def expected(origin: Origin, layout: Layout) -> Expected:
    """What fits the entity."""
    source = origin.entity.source
    if isinstance(source, Paged):
        return _PagedRows(origin, source, layout)
    return _WholeRows(origin, source, layout)


class _Rows:
    """Turns rows as they were read into rows as we should hold them."""

    def __init__(self, origin: Origin, columns: Sequence[str], layout: Layout) -> None:
        self._layout = layout
        self._checker = Checker(rules_for(origin.entity, columns))
        names = [*columns, *layout.constants]
        self._constants = tuple(layout.constants.values())
        self._places = [names.index(name) if name in names else None for name in layout.columns]

    def of(self, rows: list[Row]) -> tuple[list[Row], int]:
        """Rows that can be loaded, in our order of columns, and how many can not."""
        kept = self._checker.check(rows).rows
        placed = [
            tuple(None if place is None else row[place] for place in self._places)
            for row in ((*row, *self._constants) for row in kept)
        ]
        return canonical(self._layout.kinds, placed), len(rows) - len(kept)


class _PagedRows:
    def __init__(self, origin: Origin, source: Paged, layout: Layout) -> None:
        self._source, self._layout = source, layout
        self._database = origin.database(source.database)
        self._transform: Callable[[Row], Row] | None = None
        if source.transform is not None:
            self._transform = source.transform(read_inputs(origin))
        columns = source.columns or labels(source.select(self._database.tables))
        self._source_key_at = columns.index(source.key)
        self._rows = _Rows(origin, columns, layout)

    def pieces(self, size: int) -> Iterator[Piece]:
        with self._database.session() as session:
            for number, pages in enumerate(self._streams(session)):
                yield from self._stream(pages, size, surplus=number == 0)

    def again(self, suspects: Suspects) -> dict[Key, Row]:
        keys = {key for key in suspects.values() if key is not None}
        with self._database.session() as session:
            streams = self._streams(session)[::-1]  # a row that lives goes before its archived namesake
            found = self._found(rows for pages in streams for rows in pages.by_key(keys))
            name = self._layout.key_columns[0]
            strayed = {key[0] for key in suspects if key not in found}
            if name != self._source.key:  # a row of ours may bear another source key than its own
                found |= self._found(rows for pages in streams for rows in pages.by_column(name, strayed))
        return found

    def clock(self) -> datetime:
        with self._database.session() as session:
            return session.now()

    def _found(self, batches: Iterable[list[Row]]) -> dict[Key, Row]:
        ready = (row for rows in batches for row in self._rows.of(self._transformed(rows))[0])
        return {self._layout.key(row): row for row in ready}

    def _streams(self, session: Session) -> list[Pages]:
        tables = self._database.tables
        archive = tables.shadow()
        streams = [Pages(self._source, session, tables)]
        if self._source.shadowed and archive.has(self._source.table):
            streams.append(Pages(self._source, session, archive))
        return streams

    def _stream(self, pages: Pages, size: int, *, surplus: bool) -> Iterator[Piece]:
        after = reached = None
        while True:
            rows = self._transformed(pages.page(after, size))
            last = rows[-1][self._source_key_at] if len(rows) >= size else None
            after = last if is_position(last) else None
            # The source may sort by another collation than we do: then a page's end can lie behind us, and its rows,
            # which are not met in our order, are looked up one by one.
            behind = after is not None and reached is not None and after <= reached
            yield self._piece(rows, Span(reached, after), empty=behind, surplus=surplus)
            if after is None:
                return
            reached = reached if behind else after

    def _piece(self, rows: list[Row], span: Span, *, empty: bool, surplus: bool) -> Piece:
        ready, withheld = self._rows.of(rows)
        keys = [self._layout.key(row) for row in ready]
        return Piece(
            dict(zip(keys, map(digest, ready), strict=True)),
            dict(zip(keys, map(self._layout.source_key, ready), strict=True)),
            withheld,
            span,
            empty,
            surplus,
        )

    def _transformed(self, rows: list[Row]) -> list[Row]:
        return rows if self._transform is None else [self._transform(row) for row in rows]


class _WholeRows:
    def __init__(self, origin: Origin, source: Whole, layout: Layout) -> None:
        self._origin, self._source, self._layout = origin, source, layout

    def pieces(self, size: int) -> Iterator[Piece]:
        digests: dict[Key, bytes] = {}
        withheld = 0
        for rows, bad in self._read():
            withheld += bad
            digests |= zip(map(self._layout.key, rows), map(digest, rows), strict=True)
        yield Piece({key: digests[key] for key in sorted(digests)}, {}, withheld)

    def again(self, suspects: Suspects) -> dict[Key, Row]:
        found: dict[Key, Row] = {}
        for rows, _ in self._read():
            found |= {key: row for key, row in zip(map(self._layout.key, rows), rows, strict=True) if key in suspects}
        return found

    def clock(self) -> datetime:
        return clock(self._origin, self._source)

    def _read(self) -> Iterable[tuple[list[Row], int]]:
        columns, batches = read_whole(self._origin, self._source)
        rows = _Rows(self._origin, columns, self._layout)
        return map(rows.of, batches)
