"""Puts the rows that were read into the staging table, checked, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reporting_pollster.domain.rows import Checker
from reporting_pollster.services.sync.context import Work
from reporting_pollster.store.bulk import append
from reporting_pollster.store.companion import stage_of
from reporting_pollster.store.merge import Merge
from reporting_pollster.store.quarantine import put_aside
from reporting_pollster.store.rules import rules_for
from reporting_pollster.store.state import State, save_state

Row = tuple[Any, ...]


class Stager:
    """Appends batches to the staging table and remembers how many rows and problems there were.

    `now` is the time of the cycle, by the source's clock.
    """

    def __init__(self, work: Work, columns: Sequence[str], now: datetime) -> None:
        self.rows = 0
        self.bad = 0
        self._work, self._columns, self._now = work, tuple(columns), now
        self._stage = stage_of(work.entity.name)
        self._checker = Checker(rules_for(work.entity, columns))

    def begin(self) -> None:
        """Throw away what an interrupted cycle left behind."""
        work = self._work
        work.write(lambda connection: Merge(work.entity, work.scope, connection).empty_stage())

    def add(self, rows: list[Row], state: State | None = None, expected: int | None = None) -> None:
        """One batch, committed; with `state`, where the reading stands is committed with it."""
        checked = self._checker.check(rows)
        constants = self._work.scope.constants()

        def write(connection: Connection) -> None:
            if checked.rows:
                append(connection, self._stage, self._columns, checked.rows, constants)
            put_aside(connection, self._work.entity, self._work.scope, checked.problems, self._now)
            if state is not None:
                save_state(connection, self._work.entity, self._work.scope, state, None)

        if rows or state is not None:
            self._work.write(write)
        self.rows += len(rows)
        self.bad += len(checked.problems)
        self._work.listener.reading(self._work.entity.name, self._work.scope.source, self.rows, expected)

    def finish(self) -> None:
        """Of rows that were read several times, keep what was read last."""
        work = self._work
        if self.rows:
            work.write(lambda connection: Merge(work.entity, work.scope, connection).keep_latest())
