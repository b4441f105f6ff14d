"""Reads a source that is small enough, or undated enough, to be read whole in every cycle."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from math import ceil
from typing import Any

from reporting_pollster.entities.base import Whole
from reporting_pollster.errors import SourceUnavailable
from reporting_pollster.services.sync.context import Origin, Work
from reporting_pollster.services.sync.inputs import labels, read_inputs
from reporting_pollster.services.sync.staged import Staged
from reporting_pollster.services.sync.stager import Stager
from reporting_pollster.sources.database import BATCH_ROWS
from reporting_pollster.store.state import State

Row = tuple[Any, ...]


def stage_whole(work: Work, source: Whole, state: State) -> Staged:
    """Stage everything that the source has."""
    began, now = time.monotonic(), clock(work, source)
    columns, batches = read_whole(work, source)
    stager = Stager(work, columns, now)
    stager.begin()
    for batch in batches:
        stager.add(batch)
    stager.finish()
    seen = replace(state, loaded=True, seen_at=now, swept_at=now)
    ended = now + timedelta(seconds=ceil(time.monotonic() - began))
    return Staged(seen, now, ended, stager.rows, stager.bad, complete=True, first=not state.loaded)


def read_whole(origin: Origin, source: Whole) -> tuple[tuple[str, ...], Iterator[list[Row]]]:
    """The names of the columns, and all rows in batches."""
    return _computed(origin, source) if source.rows is not None else _streamed(origin, source)


def clock(origin: Origin, source: Whole) -> datetime:
    """The time at the first of the databases that is configured."""
    for name in source.databases:
        database = origin.cloud.find(name, origin.scope.cell_name)
        if database is not None:
            with database.session() as session:
                return session.now()
    raise SourceUnavailable(
        f"{origin.entity.name} has no database configured", hint="set the connections of its sources"
    )


def _computed(origin: Origin, source: Whole) -> tuple[tuple[str, ...], Iterator[list[Row]]]:
    assert source.rows is not None
    return source.columns, _batches(source.rows(read_inputs(origin)))


def _streamed(origin: Origin, source: Whole) -> tuple[tuple[str, ...], Iterator[list[Row]]]:
    (query,) = source.inputs.values()
    database = origin.database(query.database)
    select = query.select(database.tables)

    def stream() -> Iterator[list[Row]]:
        with database.session(snapshot=True) as session:
            yield from session.stream(select)

    return labels(select), stream()


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH_ROWS)):
        yield batch
