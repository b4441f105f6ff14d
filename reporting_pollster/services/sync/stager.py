"""Puts the rows that were read into the staging table, checked, batch by batch.

The checks know what our tables take, not what a server makes of its own settings. What it refuses all the same is
looked for by halves: one row must not keep thousands of others out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reporting_pollster.domain.rows import Checker, RowProblem
from reporting_pollster.services.sync.context import Work
from reporting_pollster.store.bulk import BulkError, append
from reporting_pollster.store.companion import stage_of
from reporting_pollster.store.merge import Merge
from reporting_pollster.store.quarantine import put_aside
from reporting_pollster.store.rules import rules_for
from reporting_pollster.store.state import State, save_state

Row = tuple[Any, ...]
_MOST_REFUSED = 100  # of one batch


class Stager:
    """Appends batches to the staging table and remembers how many rows and problems there were.

    `now` is the time of the cycle, by the source's clock.
    """

    def __init__(self, work: Work, columns: Sequence[str], now: datetime) -> None:
        self.rows = 0
        self.bad = 0
        self._holds_leftovers = False
        self._may_repeat = False
        self._work, self._columns, self._now = work, tuple(columns), now
        self._stage = stage_of(work.entity.name)
        self._checker = Checker(rules_for(work.entity, columns))

    def begin(self) -> None:
        """Throw away what an interrupted cycle left behind, together with the next write."""
        self._holds_leftovers = True

    def add(self, rows: list[Row], state: State | None = None, expected: int | None = None) -> None:
        """One batch, committed; with `state`, where the reading stands is committed with it."""
        checked = self._checker.check(rows)
        problems = checked.problems
        if rows or state is not None:
            try:
                self._save(checked.rows, problems, state)
            except BulkError:
                problems = [*problems, *self._save_by_halves(checked.rows)]
                self._save([], problems, state)
        self._may_repeat |= bool(rows)
        self.rows += len(rows)
        self.bad += len(problems)
        self._work.listener.reading(self._work.entity.name, self._work.scope.source, self.rows, expected)

    def finish(self, *, latest: bool = True) -> None:
        """Leave nothing but what was read; with `latest`, of rows that were read several times the last."""
        latest = latest and self._may_repeat

        def write(connection: Connection) -> None:
            self._clear(connection)
            if latest:
                self._merge(connection).keep_latest()

        if self._holds_leftovers or latest:
            self._work.write(write)
            self._holds_leftovers = False
        self._may_repeat &= not latest

    def _save(self, rows: list[Row], problems: Sequence[RowProblem] = (), state: State | None = None) -> None:
        def write(connection: Connection) -> None:
            self._clear(connection)
            append(connection, self._stage, self._columns, rows, self._work.scope.constants())
            put_aside(connection, self._work.entity.name, self._work.scope, problems, self._now)
            if state is not None:
                save_state(connection, self._work.entity, self._work.scope, state, None)

        self._work.write(write)
        self._holds_leftovers = False

    def _save_by_halves(self, rows: list[Row]) -> list[RowProblem]:
        """Append what the server takes, and tell what it says of the rest; so many refusals are no matter of rows."""
        refused, waiting = list[RowProblem](), [rows]
        while waiting:
            some = waiting.pop()
            try:
                self._save(some)
            except BulkError as error:
                if len(some) > 1:
                    middle = len(some) // 2
                    waiting += [some[middle:], some[:middle]]
                elif len(refused) < _MOST_REFUSED:
                    refused.append(self._checker.refused(some[0], str(error.facts["reason"])))
                else:
                    raise
        return refused

    def _clear(self, connection: Connection) -> None:
        if self._holds_leftovers:
            self._merge(connection).empty_stage()

    def _merge(self, connection: Connection) -> Merge:
        return Merge(self._work.entity, self._work.scope, connection)
