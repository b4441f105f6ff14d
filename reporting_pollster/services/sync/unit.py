"""One unit of work: read one source of one table, see what it would change, ask the guard, and apply it.

Reading may happen in a thread of its own; the plan and its transaction are made one after the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from reporting_pollster.domain.guard import Limits, refusal
from reporting_pollster.domain.rows import RowProblem
from reporting_pollster.entities.base import Paged
from reporting_pollster.errors import SourceRefused
from reporting_pollster.services.sync.columns import refuse_lost_columns
from reporting_pollster.services.sync.context import Work
from reporting_pollster.services.sync.paged import PagedReader
from reporting_pollster.services.sync.request import UnitResult
from reporting_pollster.services.sync.staged import Staged
from reporting_pollster.services.sync.whole import stage_whole
from reporting_pollster.store.due import note_changed, note_gone
from reporting_pollster.store.engine import reading, utc_now
from reporting_pollster.store.fill import ensure_indexes, fill_empty_table
from reporting_pollster.store.merge import Key, Merge, Plan, missing_keys
from reporting_pollster.store.namesake import Namesake, outranked, unstage
from reporting_pollster.store.quarantine import put_aside, resolve
from reporting_pollster.store.state import State, count_rows, load_state, record_run, save_state

LOG = logging.getLogger(__name__)


class Unit:
    """One source of one table in one cycle."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._began = time.monotonic()

    def stage(self, ids: Collection[str] | None = None) -> Staged | None:
        """Read what is needed from the source into the staging table.

        With `ids` only those rows, unless the source is read whole anyway; None before its first load.
        """
        with reading(self.work.engine) as connection:
            state = load_state(connection, self.work.entity, self.work.scope)
        state = refuse_lost_columns(self.work, state)
        source = self.work.entity.source
        if not isinstance(source, Paged):
            return stage_whole(self.work, source, state)
        reader = PagedReader(self.work, source, state)
        if ids is not None:
            return reader.only(ids) if state.loaded else None
        return reader.load() if self.work.request.full or not state.loaded else reader.follow()

    def finish(self, staged: Staged) -> UnitResult:
        """Plan, check and apply what was staged; in a dry run, plan only."""
        if self._fits_fill(staged):
            return self._fill(staged)
        if staged.first:  # a first load that was killed may have left its table without indexes
            ensure_indexes(self.work.engine, self.work.held, self.work.entity.target)
        staged = self._without_namesakes(staged)
        plan, gone = self._plan(staged)
        if self.work.request.dry_run:
            self.work.write(lambda connection: self._forget(connection, staged))
            return self._result("planned", staged, plan)
        self.work.write(lambda connection: self._apply(connection, staged, plan, gone))
        return self._result("done", staged, plan)

    def _without_namesakes(self, staged: Staged) -> Staged:
        """Take out what another cell has in a better copy, and put it aside."""
        work = self.work
        with reading(work.engine) as connection:
            found = outranked(connection, work.entity, work.scope)
        if not found:
            return staged

        def write(connection: Connection) -> None:
            unstage(connection, work.entity, found)
            put_aside(connection, work.entity.name, work.scope, list(map(_as_problem, found)), staged.now)

        work.write(write)
        return replace(staged, bad=staged.bad + len(found))

    def _plan(self, staged: Staged) -> tuple[Plan, Sequence[Key]]:
        if staged.first:
            self.work.write(lambda connection: self._merge(connection).keep_latest())
        with reading(self.work.engine) as connection:
            merge = self._merge(connection)
            plan = merge.plan()
            plan = replace(plan, gone=self._gone(merge, staged))
            if plan.closing or staged.complete:  # only the guard asks, and counting them is the dearest part of a plan
                plan = replace(plan, living=merge.living() if staged.held is None else staged.held)
        if not staged.first:
            self._guard(staged, plan)
        if not staged.complete or not plan.gone:
            return plan, staged.gone
        return plan, list(missing_keys(self.work.entity, self.work.scope, self.work.engine))

    def _gone(self, merge: Merge, staged: Staged) -> int:
        if self.work.entity.gone == "keep":
            return 0
        return merge.missing() if staged.complete else len(staged.gone)

    def _guard(self, staged: Staged, plan: Plan) -> None:
        settings = self.work.settings
        reason = refusal(
            living=plan.living,
            closing=plan.closing,
            new=plan.new,
            limits=Limits(settings.guard_share, settings.guard_floor),
            may_empty=self.work.entity.may_empty,
            staged_all=staged.rows if staged.complete else None,
        )
        if reason is None or self.work.accepted:
            return
        name, source = self.work.entity.name, self.work.scope.source
        self.work.write(lambda connection: self._merge(connection).empty_stage())
        raise SourceRefused(
            f"{name} from {source} is not believed: {reason}",
            hint=f"check the source; if it is right, run `reporting-pollster sync {name} --accept {name}`",
        )

    def _apply(self, connection: Connection, staged: Staged, plan: Plan, gone: Sequence[Key]) -> None:
        work, merge, now = self.work, self._merge(connection), staged.now
        if plan.new or plan.changed:
            merge.upsert(now)
        merge.close(gone, now, self._surely_there(connection, staged), staged.ended)
        merge.touch_seen(now)
        if not plan.is_empty:
            note_changed(connection, work.entity, work.scope, now)
            note_gone(connection, work.entity, work.scope, gone)
        if staged.first or not plan.is_empty:  # of a first load that was killed, all may be there but the effects
            merge.run_effects(now, first_load=staged.first)
        merge.empty_stage()
        recount = staged.complete or work.entity.gone == "remove"
        self._conclude(connection, staged, plan, None if recount else plan.new)

    def _conclude(self, connection: Connection, staged: Staged, plan: Plan, change: int | None) -> None:
        """State, counts and the record of the run, in the transaction that wrote the rows."""
        work = self.work
        clock = utc_now(connection)
        if staged.single:
            count_rows(connection, work.entity.target, staged.now, change)
            return
        save_state(connection, work.entity, work.scope, staged.state, clock)
        count_rows(connection, work.entity.target, staged.now, change)
        began = _complete_since(staged)
        if began is not None:
            resolve(connection, work.entity, work.scope, began, staged.now)
        record_run(
            connection,
            work.entity,
            work.scope,
            started=staged.now,
            seconds=round(time.monotonic() - self._began, 3),
            outcome="done",
            rows_read=staged.rows,
            rows_new=plan.new,
            rows_changed=plan.changed,
            rows_gone=plan.gone,
            rows_bad=staged.bad,
        )

    # -- first load of an empty table

    def _fits_fill(self, staged: Staged) -> bool:
        if not (staged.first and isinstance(self.work.entity.source, Paged)) or self.work.request.dry_run:
            return False
        with reading(self.work.engine) as connection:
            return connection.execute(select(self.work.entity.target.c.region).limit(1)).first() is None

    def _fill(self, staged: Staged) -> UnitResult:
        plan = Plan()

        def conclude(connection: Connection, rows: int) -> None:
            nonlocal plan
            plan = Plan(new=rows)
            merge = self._merge(connection)
            note_changed(connection, self.work.entity, self.work.scope, staged.now)
            merge.run_effects(staged.now, first_load=True)
            merge.empty_stage()
            self._conclude(connection, staged, plan, None)

        fill_empty_table(self.work.entity, self.work.scope, self.work.engine, self.work.held, staged.now, conclude)
        return self._result("done", staged, plan)

    # -- helpers

    def _forget(self, connection: Connection, staged: Staged) -> None:
        """Throw away what was staged, and where a first load stood with it: the next one begins again."""
        self._merge(connection).empty_stage()
        if staged.first:
            save_state(connection, self.work.entity, self.work.scope, State(), None)

    def _merge(self, connection: Connection) -> Merge:
        return Merge(self.work.entity, self.work.scope, connection)

    def _surely_there(self, connection: Connection, staged: Staged) -> datetime | None:
        """When rows that are gone were still there, unless we know of a later time.

        That was in the last cycle, if it read the whole or added up the keys. Otherwise each row was passed by the walk
        that has come round, at some time since it began. A clock that was set back has made both unknown.
        """
        there = self._last_proof(connection)
        return there if there is not None and there <= staged.ended else None

    def _last_proof(self, connection: Connection) -> datetime | None:
        state = load_state(connection, self.work.entity, self.work.scope)
        source = self.work.entity.source
        if not isinstance(source, Paged) or (source.living is not None and source.living.sum_keys):
            return state.seen_at
        began = state.progress.swept_from
        return datetime.fromisoformat(began) if began is not None else None

    def _result(self, outcome: Any, staged: Staged, plan: Plan) -> UnitResult:
        seconds = time.monotonic() - self._began
        work = self.work
        return UnitResult(work.entity.name, work.scope.source, outcome, staged.rows, plan, staged.bad, seconds)


def _complete_since(staged: Staged) -> datetime | None:
    """When the complete read began that ends with these rows, be it a walk of many cycles."""
    if staged.complete:
        return staged.now
    swept_from = staged.state.progress.swept_from
    return datetime.fromisoformat(swept_from) if swept_from and staged.state.swept_at == staged.now else None


def _as_problem(namesake: Namesake) -> RowProblem:
    reason = f"also in {namesake.cell_name}, whose copy counts"
    return RowProblem(namesake.key, "cell_name", reason, "withheld", {"id": namesake.key})
