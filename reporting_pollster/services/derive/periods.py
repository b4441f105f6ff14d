"""Derives the periods of resources in batches, each in one transaction with what it makes due.

What is believed already is compared with what the facts say now; only differences are written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select

from reporting_pollster.derived.base import Row, Timeline
from reporting_pollster.domain.rows import RowProblem
from reporting_pollster.domain.timeline.difference import Difference, Span, difference
from reporting_pollster.domain.usage_days import EARLIEST
from reporting_pollster.entities import catalogue
from reporting_pollster.services.derive.stock import correct_stock
from reporting_pollster.services.read_ahead import read_ahead
from reporting_pollster.store.derivation import (
    Days,
    Due,
    due,
    forget_due,
    instant_of_knowledge,
    note_days,
    save_standing,
    standing,
)
from reporting_pollster.store.engine import reading, utc_now, with_retries
from reporting_pollster.store.fill import drop_indexes, ensure_indexes, has_many
from reporting_pollster.store.lease import Held
from reporting_pollster.store.periods import (
    Known,
    add,
    context_of,
    facts_of,
    has_periods,
    known_periods,
    next_ids,
    supersede,
)
from reporting_pollster.store.quarantine import put_aside, resolve_keys
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.state import count_rows

LOG = logging.getLogger(__name__)
_BATCH = 1000


@dataclass
class Tally:
    """How many resources were looked at, and what became of their periods."""

    resources: int = 0
    added: int = 0
    superseded: int = 0


class _Read(NamedTuple):
    """What is due, its facts by name of the query, what they share, and the periods that are believed."""

    due: Due
    facts: Mapping[str, dict[str, list[Row]]]
    context: Any
    known: Mapping[str, list[Known]]


class _Batch:
    """What the facts of some resources change in what is believed of them."""

    def __init__(self, timeline: Timeline, due: Due, *, is_first: bool) -> None:
        self.due = due
        self.problems: list[RowProblem] = []
        self._is_first = is_first
        self._width = len(timeline.columns)
        self._project_at, self._use_at = timeline.columns.index("project_id"), timeline.columns.index("in_use")
        self.added: list[tuple[str, Row]] = []
        self.superseded: set[int] = set()
        self.differences: list[Difference] = []
        self._in_use: list[Difference] = []

    def compare(self, key: str, known: Sequence[Known], rows: Sequence[Row]) -> None:
        """Take note of what is known no more, what is known instead, and where that differs."""
        old = {each.row: each.period_id for each in known}
        if list(old) == list(rows):
            return
        new = set(rows)
        self.superseded.update(period_id for row, period_id in old.items() if row not in new)
        self.added += [(key, row) for row in rows if row not in old]
        if self._is_first:  # nothing is added up yet that would have to be corrected
            return
        before, after = self._spans(old), self._spans(rows)
        for differences, left, right in (
            (self.differences, before, after),
            (self._in_use, self._used(before), self._used(after)),
        ):
            found = difference(left, right)
            if found is not None:
                differences.append(found)

    def fail(self, key: str, error: Exception) -> None:
        """What is believed of a resource stays: its facts are beyond the rules."""
        LOG.error("not derived id=%s error=%s: %s", key, type(error).__name__, error)
        reason = f"no periods follow from its facts: {type(error).__name__}"
        self.problems.append(RowProblem(key, "", reason, "withheld", {"id": key}))

    def days(self, used_to: date) -> Iterator[Days]:
        """Days, not after `used_to`, on which projects used something else."""
        for start, end, before, after in self._in_use:
            last = used_to if end is None else min(used_to, (end - timedelta(seconds=1)).date())
            first = max(start.date(), EARLIEST)
            if first <= last:
                for project in {span.values[self._project_at] or "" for span in (*before, *after)}:
                    yield Days(project, first, last)

    def _spans(self, rows: Iterable[Row]) -> list[Span]:
        width = self._width
        return [Span(row[width], row[width + 1], row[:width]) for row in rows]

    def _used(self, spans: Sequence[Span]) -> list[Span]:
        return [span for span in spans if span.values[self._use_at]]


class PeriodBuilder:
    """The periods of one kind of resource in one region."""

    def __init__(
        self, timeline: Timeline, region: str, engine: Engine, held: Held, progress: Callable[[int], None]
    ) -> None:
        self._timeline, self._region = timeline, region
        self._engine, self._held, self._progress = engine, held, progress
        self._known_at: datetime | None = None
        with reading(engine) as connection:
            self._is_first = standing(connection, timeline, region).used_to is None
        self.tally = Tally()

    def build(self) -> None:
        """Derive all resources; goes on where an interrupted build stopped."""
        timeline, region = self._timeline, self._region
        with reading(self._engine) as connection:
            at = standing(connection, timeline, region).position
            is_empty = not has_periods(connection, timeline)
            resources = catalogue()[timeline.resource].target
            is_large = has_many(connection, select(resources.c.id).where(resources.c.region == region))
        if is_empty and is_large:
            drop_indexes(self._engine, self._held, timeline.target)
        else:
            ensure_indexes(self._engine, self._held, timeline.target)
        self._write(lambda connection: save_standing(connection, timeline, region, built=False))
        facts = read_ahead(self._facts(self._all(at), is_empty=is_empty))
        with closing(read_ahead(self._derived(facts))) as batches:
            for batch in batches:
                self._save(batch, {"position": batch.due.ids[-1]})
        ensure_indexes(self._engine, self._held, timeline.target)
        self._write(lambda connection: save_standing(connection, timeline, region, built=True, position=None))

    def follow(self) -> None:
        """Derive the resources whose facts changed."""
        while True:
            with reading(self._engine) as connection:
                found = due(connection, self._timeline, self._region, _BATCH)
            if not found.ids:
                return
            for batch in self._derived(self._facts(iter([found]), is_empty=False)):
                self._save(batch, {})

    def _all(self, after: str | None) -> Iterator[Due]:
        tables = [catalogue()[self._timeline.resource].target, *self._timeline.further]
        while True:
            with reading(self._engine) as connection:
                ids = next_ids(connection, tables, self._region, after, _BATCH)
            if not ids:
                return
            yield Due(ids, [])
            after = ids[-1]

    def _facts(self, batches: Iterator[Due], *, is_empty: bool) -> Generator[_Read]:
        timeline, region = self._timeline, self._region
        for batch in batches:
            ids = batch.ids
            with reading(self._engine) as connection:
                known = {} if is_empty else known_periods(connection, timeline, region, ids)
                context = context_of(connection, timeline, region)
                facts = facts_of(connection, timeline, region, ids)
            yield _Read(batch, facts, context, known)

    def _derived(self, reads: Iterator[_Read]) -> Generator[_Batch]:
        timeline = self._timeline
        for found, facts, context, known in reads:
            batch = _Batch(timeline, found, is_first=self._is_first)
            for key, of_key in facts.items():
                try:
                    rows = [timeline.row(each) for each in timeline.derive(of_key, context)]
                except Exception as error:  # noqa: BLE001 (one resource must not keep all others from being derived)
                    batch.fail(key, error)
                else:
                    batch.compare(key, known.get(key, ()), rows)
            yield batch

    def _save(self, batch: _Batch, position: dict[str, Any]) -> None:
        timeline, region = self._timeline, self._region

        known_at: datetime | None = None

        def write(connection: Connection) -> None:
            nonlocal known_at
            values = dict(position)
            if batch.added or batch.superseded:
                now = values["known_at"] = instant_of_knowledge(connection, timeline, region, self._known_at)
                supersede(connection, timeline, batch.superseded, now)
                add(connection, timeline, region, batch.added, now)
                count_rows(connection, timeline.target, now, len(batch.added))
            if values:
                save_standing(connection, timeline, region, **values)
            self._note(connection, batch)
            self._put_aside(connection, batch)
            forget_due(connection, batch.due.notes)
            known_at = values.get("known_at")

        self._write(write)
        self._known_at = known_at or self._known_at
        self.tally.resources += len(batch.due.ids)
        self.tally.added += len(batch.added)
        self.tally.superseded += len(batch.superseded)
        self._progress(self.tally.resources)

    def _note(self, connection: Connection, batch: _Batch) -> None:
        used_to = standing(connection, self._timeline, self._region).used_to
        if used_to is None:
            return
        note_days(connection, self._timeline, self._region, batch.days(used_to))
        if self._timeline.stock:
            correct_stock(connection, self._timeline, self._region, batch.differences, used_to)

    def _put_aside(self, connection: Connection, batch: _Batch) -> None:
        name, scope, now = self._timeline.name, Scope(self._region), utc_now(connection)
        put_aside(connection, name, scope, batch.problems, now)
        right = set(batch.due.ids) - {problem.key for problem in batch.problems}
        resolve_keys(connection, name, scope, right, now)

    def _write(self, work: Callable[[Connection], None]) -> None:
        with_retries(self._engine, lambda connection: self._held.fenced(connection, work))
