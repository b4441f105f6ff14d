"""A whole sync: the tables in order, parents before children, each with all its sources.

Sources of one table are read in parallel threads, because most of a cycle is waiting for the servers of the cells;
plans are applied one after the other by this thread alone.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Connection, Engine

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.derived import timelines
from reporting_pollster.derived.base import Timeline
from reporting_pollster.domain.weights import DEFAULT_WEIGHTS, Weights
from reporting_pollster.entities import catalogue, selected
from reporting_pollster.entities.base import Entity
from reporting_pollster.entities.source import CELLS
from reporting_pollster.errors import LeaseLost, PollsterError, SourceRefused
from reporting_pollster.services.derive import derive
from reporting_pollster.services.derive.lookups import keep_lookups
from reporting_pollster.services.sync.absence import tell_absent
from reporting_pollster.services.sync.context import Work
from reporting_pollster.services.sync.identity import refuse_strangers
from reporting_pollster.services.sync.request import Listener, Outcome, Request, Silence, UnitResult
from reporting_pollster.services.sync.staged import Staged
from reporting_pollster.services.sync.unit import Unit
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.engine import dialect_kind, utc_now
from reporting_pollster.store.lease import Held, holding
from reporting_pollster.store.merge import Merge, Plan
from reporting_pollster.store.scope import WHOLE_REGION, Scope, scopes
from reporting_pollster.store.state import forget_runs, load_state, record_run, save_failure

LOG = logging.getLogger(__name__)

_FIGURES = ("rows_read", "rows_new", "rows_changed", "rows_gone", "rows_bad")


def sync(
    cloud: Cloud,
    engine: Engine,
    settings: SyncSettings,
    request: Request = Request(),  # noqa: B008 (frozen)
    listener: Listener | None = None,
    weights: Weights | None = DEFAULT_WEIGHTS,
) -> list[UnitResult]:
    """Do one cycle and return what became of each unit; raises LeaseHeld when another process is writing.

    `weights` are those of states, for views; without them, those that are there stay.
    """
    listener = listener or Silence()
    entities = selected(request.names)
    with holding(engine, patience=request.patience) as held:
        cycle = Cycle(cloud, engine, settings, request, listener, held)
        results = [result for entity in entities for result in cycle.table(entity)]
        results += cycle.derive({entity.name for entity in entities})
        if not request.dry_run:
            keep_lookups(engine, held, weights)
        cycle.tidy()
    return results


class Cycle:
    """The tables of one cycle, for a process that holds the lease."""

    def __init__(
        self,
        cloud: Cloud,
        engine: Engine,
        settings: SyncSettings,
        request: Request,
        listener: Listener,
        held: Held,
    ) -> None:
        self._cloud, self._engine, self._settings = cloud, engine, settings
        self._request, self._listener, self._held = request, listener, held
        # SQLite has one writer: threads would only wait for each other
        self._readers = 1 if dialect_kind(engine) == "sqlite" else max(1, settings.readers)
        self._strangers = dict(self._refused_databases())

    def table(self, entity: Entity, ids: Collection[str] | None = None) -> Iterator[UnitResult]:
        """All sources of one table; with `ids` only those rows, where the source isn't read whole anyway."""
        units = [
            Unit(self._work(entity, scope)) for scope in scopes(entity, self._cloud.region, tuple(self._cloud.cells))
        ]
        with ThreadPoolExecutor(max_workers=self._readers, thread_name_prefix="read") as pool:
            waiting = [(unit, pool.submit(self._stage, unit, ids)) for unit in units]
            for unit, future in waiting:
                result = self._finish(unit, future)
                self._listener.finished(result)
                yield result

    def derive(self, tables: Collection[str]) -> Iterator[UnitResult]:
        """Periods and usage of the resources that these tables tell of; nothing in a dry run."""
        concerned = [timeline for timeline in timelines().values() if not timeline.feeds.keys().isdisjoint(tables)]
        for timeline in () if self._request.dry_run else concerned:
            result = self._derive(timeline)
            self._listener.finished(result)
            yield result

    def _derive(self, timeline: Timeline) -> UnitResult:
        name, region, cells = timeline.name, self._cloud.region, tuple(self._cloud.cells)
        try:
            done = derive(
                timeline,
                region,
                self._engine,
                self._held,
                lambda table: scopes(catalogue()[table], region, cells),
                full=self._request.full,
                progress=lambda count: self._listener.reading(name, WHOLE_REGION, count, None),
            )
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 (as with a table)
            found = error if isinstance(error, PollsterError) else _unforeseen(error)
            LOG.error("not derived table=%s error=%s", name, found)
            return UnitResult(name, WHOLE_REGION, "failed", message=str(found))
        plan = Plan(new=done.added, changed=done.superseded)
        return UnitResult(name, WHOLE_REGION, "done", done.resources, plan, seconds=done.seconds)

    def tidy(self) -> None:
        """Forget old records of runs."""

        def forget(connection: Connection) -> None:
            forget_runs(connection, utc_now(connection) - timedelta(days=self._settings.keep_runs_days))

        first = next(iter(catalogue().values()))
        self._work(first, scopes(first, self._cloud.region, tuple(self._cloud.cells))[0]).write(forget)

    def _stage(self, unit: Unit, ids: Collection[str] | None) -> Staged | None:
        if not unit.work.is_configured:
            return None
        for name in unit.work.entity.source.databases:
            refused = self._strangers.get((name, unit.work.scope.cell_name if name == CELLS else None))
            if refused is not None and not unit.work.accepted:
                raise refused
        return unit.stage(ids)

    def _finish(self, unit: Unit, future: Future[Staged | None]) -> UnitResult:
        work = unit.work
        name, source = work.entity.name, work.scope.source
        try:
            staged = future.result()
            tell_absent(work)
            if staged is None:
                reason = "its database is not configured" if not work.is_configured else "it was never loaded"
                LOG.debug("skipped table=%s reason=%s", name, reason)
                return UnitResult(name, source, "skipped", message=reason)
            result = unit.finish(staged)
        except LeaseLost:
            raise
        except PollsterError as error:
            return self._failed(work, error)
        except Exception as error:  # noqa: BLE001 (one table may fail alone, also in a way that nobody foresaw)
            return self._failed(work, _unforeseen(error))
        LOG.info(
            "synced table=%s source=%s outcome=%s read=%d new=%d changed=%d gone=%d bad=%d seconds=%.2f",
            *(name, source, result.outcome, result.rows_read, result.plan.new, result.plan.changed),
            *(result.plan.gone, result.bad, result.seconds),
        )
        return result

    def _failed(self, work: Work, error: PollsterError) -> UnitResult:
        LOG.error("not synced table=%s source=%s error=%s", work.entity.name, work.scope.source, error)
        outcome: Outcome = "refused" if isinstance(error, SourceRefused) else "failed"

        def note(connection: Connection) -> None:
            now = utc_now(connection)
            if load_state(connection, work.entity, work.scope).loaded:  # a first load goes on with what it has
                Merge(work.entity, work.scope, connection).empty_stage()
            save_failure(connection, work.entity, work.scope, now, str(error))
            figures = dict.fromkeys(_FIGURES, 0)
            record_run(
                connection,
                work.entity,
                work.scope,
                started=now,
                seconds=0.0,
                outcome=outcome,
                message=str(error),
                **figures,
            )

        if not self._request.dry_run:
            work.write(note)
        return UnitResult(work.entity.name, work.scope.source, outcome, message=str(error))

    def _refused_databases(self) -> Iterable[tuple[tuple[str, str | None], PollsterError]]:
        """Databases that are not the ones they were, with the reason, by name and cell."""
        for entity in catalogue().values():
            if entity.identity is None:
                continue
            database = entity.identity.database
            for scope in scopes(entity, self._cloud.region, tuple(self._cloud.cells)):
                try:
                    refuse_strangers(self._work(entity, scope))
                except SourceRefused as error:
                    yield (database, scope.cell_name if database == CELLS else None), error
                except PollsterError as error:
                    LOG.debug("could not look at database=%s error=%s", database, error)

    def _work(self, entity: Entity, scope: Scope) -> Work:
        return Work(
            entity,
            scope,
            self._cloud,
            self._settings,
            self._engine,
            self._held,
            self._request,
            self._listener,
        )


def _unforeseen(error: Exception) -> PollsterError:
    LOG.debug("an error that nobody foresaw", exc_info=error)
    reason = " ".join(str(error).split())[:300]
    return PollsterError(
        f"{type(error).__name__}: {reason}", hint="this is a mistake in the pollster: please report it"
    )
