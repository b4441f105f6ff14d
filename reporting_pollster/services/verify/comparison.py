"""Compares one source of one table with what we hold of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Engine

from reporting_pollster.domain.canonical import digest
from reporting_pollster.domain.watermark import as_text
from reporting_pollster.entities.base import Paged, Since
from reporting_pollster.services.sync.context import Origin
from reporting_pollster.services.verify.expected import Piece, expected
from reporting_pollster.services.verify.request import Difference, Listener, Request, Verdict
from reporting_pollster.services.verify.tally import Pair, Tally
from reporting_pollster.store.engine import reading
from reporting_pollster.store.ours import Key, Layout, OurRows, Row
from reporting_pollster.store.quarantine import withheld_keys
from reporting_pollster.store.state import State, load_state

_NEVER = "9999-12-31 23:59:59"


class Comparison:
    """One source of one table."""

    def __init__(self, origin: Origin, engine: Engine, request: Request, listener: Listener) -> None:
        self._origin, self._engine, self._request, self._listener = origin, engine, request, listener
        self._layout = Layout(origin.entity, origin.scope)
        self._expected = expected(origin, self._layout)
        self._tally = Tally(request.chunk_rows, request.limit)
        self._began = time.monotonic()

    def verdict(self) -> Verdict:
        """Compare everything."""
        with self._ours() as ours:
            count = ours.count()
        for piece in self._expected.pieces(self._request.chunk_rows):
            self._tally.add(piece, self._settled(piece))
            self._listener.reading(self._origin.entity.name, self._origin.scope.source, self._tally.rows, count)
        return self._result()

    def _settled(self, piece: Piece) -> dict[Key, Pair]:
        """Rows of a piece that seem to differ, after a second look."""
        settled: dict[Key, Pair] = {}
        suspects: dict[Key, Any] = {}
        for key, source_key in self._suspects(piece):
            suspects[key] = source_key
            if piece.span is not None and len(suspects) >= self._request.chunk_rows:
                settled |= self._looked_at_again(piece, suspects)
                suspects = {}
        if suspects:
            settled |= self._looked_at_again(piece, suspects)
        return settled

    def _suspects(self, piece: Piece) -> Iterator[tuple[Key, Any]]:
        """Keys whose checksums differ, and of rows that one side alone has."""
        unmet = dict(piece.digests)
        counts_surplus = piece.surplus and self._origin.entity.gone != "keep"
        for rows in self._counterparts(piece):
            for key, row in zip(map(self._layout.key, rows), rows, strict=True):
                theirs = unmet.pop(key, None)
                if theirs != digest(row) if theirs is not None else counts_surplus and self._layout.is_active(row):
                    yield key, self._layout.source_key(row)
        for key in unmet:
            yield key, piece.source_keys.get(key)

    def _counterparts(self, piece: Piece) -> Iterator[list[Row]]:
        """Our rows to compare a piece with, and where it counts those that only we have."""
        if piece.empty:
            return
        with self._ours() as ours:
            if not piece.surplus:
                yield from ours.by_key(piece.digests)
            elif piece.span is None:
                yield from ours.all()
            else:
                yield from ours.between(piece.span.after, piece.span.last)

    def _looked_at_again(self, piece: Piece, suspects: dict[Key, Any]) -> dict[Key, Pair]:
        """What the rows are now, on both sides; the state before them, so that it is not newer than they."""
        read_at, now = self._read_at(), self._expected.clock()
        # our row may bear a source key that is not its own: then the piece knows the right one
        theirs = self._expected.again({key: piece.source_keys.get(key, known) for key, known in suspects.items()})
        with self._ours() as ours:
            held = {self._layout.key(row): row for rows in ours.by_key(suspects) for row in rows}
        settled = {}
        for key in suspects:
            if key in piece.digests:
                settled[key] = self._judged(key, theirs.get(key), held.get(key), read_at, now)
            elif key not in theirs:  # else it has its place in another piece
                surplus = self._judged(key, None, held.get(key), read_at, now)[1]
                if surplus is not None:
                    self._tally.add_surplus(surplus)
        return settled

    def _judged(self, key: Key, theirs: Row | None, ours: Row | None, read_at: str, now: datetime) -> Pair:
        """Both checksums, and the difference counted if there is one."""
        if theirs is None:
            return None, self._judged_surplus(key, ours)
        if not self._is_of_this_source(ours) and tuple(sorted(map(str, key))) in self._put_aside:
            self._tally.withheld += 1  # by the store, or for a better copy in another cell
            return None, None
        if ours != theirs:
            names = self._layout.columns
            columns = {} if ours is None else {n: (t, o) for n, t, o in zip(names, theirs, ours, strict=True) if t != o}
            self._tally.differ(
                Difference(
                    self._origin.entity.name,
                    self._origin.scope.source,
                    _key_text(key),
                    "missing" if ours is None else "different",
                    self._happened_since(theirs, read_at, now),
                    columns,
                )
            )
        return digest(theirs), None if ours is None else digest(ours)

    def _judged_surplus(self, key: Key, ours: Row | None) -> bytes | None:
        """A row that the source has not: history, unless we take it for active."""
        if ours is None or not self._layout.is_active(ours) or self._origin.entity.gone == "keep":
            return None
        self._tally.differ(
            Difference(self._origin.entity.name, self._origin.scope.source, _key_text(key), "extra", False)
        )
        return digest(ours)

    @cached_property
    def _put_aside(self) -> set[tuple[str, ...]]:
        with reading(self._engine) as connection:
            return withheld_keys(connection, self._origin.entity, self._origin.scope)

    def _is_of_this_source(self, ours: Row | None) -> bool:
        if ours is None:
            return False
        held = dict(zip(self._layout.columns, ours, strict=True))
        return all(held[name] == value for name, value in self._layout.constants.items())

    # -- what may be newer than our last read

    def _read_at(self) -> str:
        """Changes before this time, less the overlap, should have reached us."""
        with reading(self._engine) as connection:
            state = load_state(connection, self._origin.entity, self._origin.scope)
        moment = _surely_read(self._origin, state)
        return as_text(moment - self._overlap) if moment is not None else _NEVER

    def _happened_since(self, theirs: Row, read_at: str, now: datetime) -> bool:
        """Whether one of the row's times lies between our last read and now."""
        until = as_text(now + self._overlap)
        times = (value for kind, value in zip(self._layout.kinds, theirs, strict=True) if kind == "datetime" and value)
        return any(read_at <= at <= until for at in times)

    @property
    def _overlap(self) -> timedelta:
        return timedelta(seconds=self._origin.settings.overlap_seconds)

    # -- helpers

    @contextmanager
    def _ours(self) -> Iterator[OurRows]:
        with reading(self._engine) as connection:
            yield OurRows(self._origin.entity, self._origin.scope, connection)

    def _result(self) -> Verdict:
        tally, (theirs, ours) = self._tally, self._tally.checksums
        return Verdict(
            table=self._origin.entity.name,
            source=self._origin.scope.source,
            outcome="different" if tally.missing or tally.different or tally.extra else "equal",
            rows=tally.rows,
            ours=tally.ours,
            withheld=tally.withheld,
            chunks=tally.chunks,
            chunks_differing=tally.chunks_differing,
            missing=tally.missing,
            different=tally.different,
            extra=tally.extra,
            pending=tally.pending,
            checksum=theirs,
            checksum_ours=ours,
            seconds=round(time.monotonic() - self._began, 3),
            differences=tuple(tally.differences),
        )


def _surely_read(origin: Origin, state: State) -> datetime | None:
    """When the source was last read for all its changes.

    Without a cursor on the time of change only the walk finds one, once it comes round to it.
    """
    source = origin.entity.source
    if not isinstance(source, Paged) or any(isinstance(cursor, Since) for cursor in source.cursors):
        return state.seen_at
    return None if state.progress.swept_from is None else datetime.fromisoformat(state.progress.swept_from)


def _key_text(key: Key) -> str:
    return ",".join(str(part) for part in key)
