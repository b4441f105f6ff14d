"""One derivation: periods of every kind of resource, then the days that are over or were changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, Table

from reporting_pollster.derived.base import Timeline
from reporting_pollster.derived.historical_usage import HistoricalUsage
from reporting_pollster.derived.usage_day import UsageDay
from reporting_pollster.services.derive.periods import PeriodBuilder, Tally
from reporting_pollster.services.derive.stock import build_stock, extend_stock
from reporting_pollster.services.derive.usage import add_up, add_up_project
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.derivation import (
    complete_to,
    due_days,
    first_day,
    forget_days,
    save_standing,
    standing,
)
from reporting_pollster.store.engine import reading, with_retries
from reporting_pollster.store.lease import Held
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.state import count_rows

_USAGE_DAY: Table = UsageDay.__table__  # type: ignore[assignment]
_HISTORICAL_USAGE: Table = HistoricalUsage.__table__  # type: ignore[assignment]

LOG = logging.getLogger(__name__)
Progress = Callable[[int], None]
Sources = Callable[[str], Iterable[Scope]]


@dataclass(frozen=True)
class DeriveResult:
    """What became of one kind of resource: resources looked at, periods added and superseded, days added up."""

    resource: str
    resources: int
    added: int
    superseded: int
    days: int
    seconds: float


def derive(
    timeline: Timeline,
    region: str,
    engine: Engine,
    held: Held,
    sources: Sources,
    *,
    full: bool = False,
    progress: Progress | None = None,
) -> DeriveResult:
    """Bring periods and use of one kind of resource up to what was synced; with `full`, look at every resource again.

    `sources` gives the sources of a reporting table. While some facts were never read nothing is derived.
    """
    whole_metadata()  # the queries of the facts name tables of entities and of their earlier versions
    return _Derivation(timeline, region, engine, held, sources, progress).run(full=full)


class _Derivation:
    def __init__(
        self, timeline: Timeline, region: str, engine: Engine, held: Held, sources: Sources, progress: Progress | None
    ) -> None:
        self._timeline, self._region, self._engine, self._held = timeline, region, engine, held
        self._sources, self._progress = sources, progress or (lambda _count: None)

    def run(self, *, full: bool) -> DeriveResult:
        began = time.monotonic()
        with reading(self._engine) as connection:
            known = standing(connection, self._timeline, self._region)
            complete = complete_to(connection, self._timeline, self._region, self._sources)
        if complete is None:  # some facts were never read: what would be derived might be wrong
            return DeriveResult(self._timeline.resource, 0, 0, 0, 0, 0.0)
        builder = PeriodBuilder(self._timeline, self._region, self._engine, self._held, self._progress)
        if full or not known.built:
            builder.build()
        builder.follow()
        days = self._days(complete)
        tally, seconds = builder.tally, time.monotonic() - began
        self._tell(tally, days, seconds)
        return DeriveResult(self._timeline.resource, tally.resources, tally.added, tally.superseded, days, seconds)

    def _tell(self, tally: Tally, days: int, seconds: float) -> None:
        level = logging.INFO if tally.resources or days else logging.DEBUG
        LOG.log(
            level,
            "derived table=%s resources=%d added=%d superseded=%d days=%d seconds=%.2f",
            *(self._timeline.name, tally.resources, tally.added, tally.superseded, days, seconds),
        )

    def _days(self, complete: datetime) -> int:
        """Add up what is over by now and was not, then what has changed; returns the rows that came to be."""
        last = complete.date() - timedelta(days=1)
        with reading(self._engine) as connection:
            used_to = standing(connection, self._timeline, self._region).used_to
            first = used_to + timedelta(days=1) if used_to else first_day(connection, self._timeline, self._region)
        rows = 0
        is_over = first is not None and first <= last
        if first is not None and is_over:
            rows += add_up(self._timeline, self._region, self._engine, self._held, first, last)
            self._write(lambda connection: self._close_days(connection, used_to, last))
        with reading(self._engine) as connection:
            due = due_days(connection, self._timeline, self._region)
        for project, begin, end in due:

            def again(connection: Connection, project: str = project, begin: date = begin, end: date = end) -> int:
                count = add_up_project(connection, self._timeline, self._region, project, begin, end)
                count_rows(connection, _USAGE_DAY, complete, count)
                forget_days(connection, self._timeline, self._region, project)
                return count

            rows += with_retries(self._engine, lambda connection: self._held.fenced(connection, again))
        self._write(lambda connection: self._count(connection, complete, recount=is_over))
        return rows

    def _count(self, connection: Connection, complete: datetime, *, recount: bool) -> None:
        change = None if recount else 0
        count_rows(connection, self._timeline.target, complete, 0)
        count_rows(connection, _USAGE_DAY, complete, change)
        if self._timeline.stock:
            count_rows(connection, _HISTORICAL_USAGE, complete, change)

    def _close_days(self, connection: Connection, used_to: date | None, last: date) -> None:
        timeline, region = self._timeline, self._region
        if timeline.stock and used_to is None:
            build_stock(connection, timeline, region, last)
        elif timeline.stock and used_to is not None:
            extend_stock(connection, timeline, region, used_to + timedelta(days=1), last)
        save_standing(connection, timeline, region, used_to=last)

    def _write(self, work: Callable[[Connection], None]) -> None:
        with_retries(self._engine, lambda connection: self._held.fenced(connection, work))
