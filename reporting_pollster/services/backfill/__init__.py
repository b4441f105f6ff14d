"""Reads tables again from their first row to their last, and derives the days of a time span anew.

For rows that could not be read when it was their time: a cell or a GRANT that was missing, an archive that was put
back. It goes on in steps along the keys, each a cycle of its own that holds the lease for a moment only, so that the
service does its own cycles in between; an interrupted backfill goes on where it stopped, and a repeated one changes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, Table

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.derived import fed_by
from reporting_pollster.derived.base import Timeline
from reporting_pollster.entities import catalogue, selected
from reporting_pollster.entities.base import Entity
from reporting_pollster.services.sync import Listener, Request, UnitResult
from reporting_pollster.services.sync.request import Silence
from reporting_pollster.services.sync.run import Cycle
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store import backfill as record
from reporting_pollster.store.derivation import note_days_of_all
from reporting_pollster.store.engine import reading, with_retries
from reporting_pollster.store.lease import Held, holding
from reporting_pollster.store.scope import Scope, scopes

_PAGES = 20  # in one step


@dataclass(frozen=True)
class Backfill:
    """Tables (with those they come after; all without a name), and the first and last day to derive anew.

    `patience` is how long each step waits for another writer, in seconds.
    """

    names: tuple[str, ...]
    first: date
    last: date
    patience: float = 60.0


def backfill(
    cloud: Cloud, engine: Engine, settings: SyncSettings, request: Backfill, listener: Listener | None = None
) -> list[UnitResult]:
    """Do it, or go on with it; returns what became of the sources that failed, or an empty list when all is done.

    Raises LeaseHeld when another process keeps the lease for too long.
    """
    return _Backfill(cloud, engine, settings, request, listener or Silence()).run()


class _Backfill:
    def __init__(
        self, cloud: Cloud, engine: Engine, settings: SyncSettings, request: Backfill, listener: Listener
    ) -> None:
        self._cloud, self._engine, self._settings = cloud, engine, settings
        self._request, self._listener = request, listener
        self._entities = selected(request.names)

    def run(self) -> list[UnitResult]:
        with self._holding() as held:
            self._write(held, self._begin)
        waiting = list(self._entities)
        while waiting:
            with self._holding() as held:
                results = self._step(held, waiting)
            failed = [result for result in results if not result.is_good]
            if failed:
                return failed
            absent = {(result.table, result.source) for result in results if result.outcome == "skipped"}
            waiting = [entity for entity in waiting if not self._is_read(entity, absent)]
        with self._holding() as held:
            self._derive(held)
        return []

    def _holding(self) -> AbstractContextManager[Held]:
        return holding(self._engine, patience=self._request.patience)

    def _begin(self, connection: Connection) -> None:
        for entity, scope in self._sources():
            record.begin(connection, entity, scope, self._request.first, self._request.last)

    def _step(self, held: Held, entities: list[Entity]) -> list[UnitResult]:
        request = Request(walk_rows=_PAGES * self._settings.page_rows)
        cycle = Cycle(self._cloud, self._engine, self._settings, request, self._listener, held)
        results = [result for entity in entities for result in cycle.table(entity)]
        return [*results, *cycle.derive({entity.name for entity in entities})]

    def _is_read(self, entity: Entity, absent: Collection[tuple[str, str]]) -> bool:
        sources = [scope for each, scope in self._sources() if each is entity]
        with reading(self._engine) as connection:
            return all(
                (entity.name, scope.source) in absent or record.is_read(connection, entity, scope) for scope in sources
            )

    def _derive(self, held: Held) -> None:
        names = {entity.name for entity in self._entities}
        timelines = {timeline.resource: timeline for name in sorted(names) for timeline in fed_by(name)}
        days = (self._request.first, self._request.last)
        for timeline in timelines.values():
            target = catalogue()[timeline.resource].target

            def note(connection: Connection, timeline: Timeline = timeline, target: Table = target) -> None:
                record.note_living(connection, timeline, target, self._cloud.region, days)
                note_days_of_all(connection, timeline, self._cloud.region, *days)

            self._write(held, note)
        cycle = Cycle(self._cloud, self._engine, self._settings, Request(), self._listener, held)
        for _result in cycle.derive(names):
            pass
        self._write(held, self._finish)

    def _finish(self, connection: Connection) -> None:
        for entity, scope in self._sources():
            record.finish(connection, entity, scope)

    def _sources(self) -> Iterator[tuple[Entity, Scope]]:
        for entity in self._entities:
            for scope in scopes(entity, self._cloud.region, tuple(self._cloud.cells)):
                yield entity, scope

    def _write(self, held: Held, work: Callable[[Connection], None]) -> None:
        with_retries(self._engine, lambda connection: held.fenced(connection, work))
