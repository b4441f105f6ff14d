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
        constants = self._work.scope.constants()

        def write(connection: Connection) -> None:
            self._clear(connection)
            if checked.rows:
                append(connection, self._stage, self._columns, checked.rows, constants)
            put_aside(connection, self._work.entity, self._work.scope, checked.problems, self._now)
            if state is not None:
                save_state(connection, self._work.entity, self._work.scope, state, None)

        if rows or state is not None:
            self._work.write(write)
            self._holds_leftovers = False
        self._may_repeat |= bool(rows)
        self.rows += len(rows)
        self.bad += len(checked.problems)
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

    def _clear(self, connection: Connection) -> None:
        if self._holds_leftovers:
            self._merge(connection).empty_stage()

    def _merge(self, connection: Connection) -> Merge:
        return Merge(self._work.entity, self._work.scope, connection)
