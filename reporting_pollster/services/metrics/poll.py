"""Brings hours and days of metrics up to date with Gnocchi.

Reading and writing take turns by spans of hours of a few resources, so that memory stays flat and a poll that was
killed goes on where it was. Requests are made by threads; only this one writes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Engine

from reporting_pollster.config.settings import GnocchiSettings
from reporting_pollster.domain.metrics.wanted import WANTED
from reporting_pollster.errors import MetricsUnavailable, PollsterError, UnknownName
from reporting_pollster.services.metrics.plan import Chunk, Times, chunks, kept_metrics
from reporting_pollster.services.metrics.polled import Polled, PollRequest
from reporting_pollster.services.metrics.read import Found, SpanRead, read_span
from reporting_pollster.sources.gnocchi import Gnocchi, Resource
from reporting_pollster.store.engine import reading, utc_now
from reporting_pollster.store.metric import Key, Mark, Measured, forget_hours, marks_of, write_hours

LOG = logging.getLogger(__name__)
_HOPELESS = 3  # spans in a row of which nothing was read: Gnocchi is not there


def poll(
    source: Gnocchi, engine: Engine, region: str, settings: GnocchiSettings, request: PollRequest | None = None
) -> list[Polled]:
    """Read what may have changed since the last poll; a kind may fail alone, but not because nobody lets us in."""
    request = request or PollRequest()
    wanted = _kinds(request.kinds)
    with reading(engine) as connection:
        now = utc_now(connection)
    times = Times.of(settings, now, request.since)
    deadline = time.monotonic() + settings.poll_seconds
    there = source.kinds()
    done = []
    for kind in wanted:
        if kind not in there:
            LOG.debug("Gnocchi has no such resources kind=%s", kind)
            continue
        began = time.monotonic()
        result = _Poll(source, engine, region, settings, times, deadline).run(kind)
        done.append(replace(result, seconds=round(time.monotonic() - began, 3)))
        LOG.info("polled kind=%s resources=%d hours=%d failed=%d", kind, result.resources, result.hours, result.failed)
    forget_hours(engine, region, times.kept)
    return done


def _kinds(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in WANTED:
            raise UnknownName(f"no kind of resource is called {name}", hint=f"known are {', '.join(WANTED)}")
    return names or tuple(WANTED)


@dataclass
class _Poll:
    """One kind, while it is polled."""

    source: Gnocchi
    engine: Engine
    region: str
    settings: GnocchiSettings
    times: Times
    deadline: float
    failed: set[str] = field(default_factory=set)
    hours: int = 0
    in_vain: int = 0

    def run(self, kind: str) -> Polled:
        kept = kept_metrics(self.source, kind)
        listed = self.source.resources(kind, self.times.catch_up)
        resources = [each for each in listed if each.id in kept]
        marks = marks_of(self.engine, self.region, [each.id for each in resources])
        work = chunks(kind, resources, kept, marks, self.times, self.settings.resources_at_once)
        problem: PollsterError | None = None
        try:
            is_complete = self._work(_Turn(chunk, marks, self.times.now) for chunk in work)
        except MetricsUnavailable as error:
            is_complete, problem = False, error
        return Polled(
            kind,
            len(resources),
            self.hours,
            len(self.failed),
            is_complete=is_complete,
            problem=None if problem is None else str(problem),
        )

    def _work(self, waiting: Iterator[_Turn]) -> bool:
        """Keep some requests under way until all is read or the time is over; whether all was read."""
        running: dict[Future[SpanRead], _Turn] = {}
        unfinished: list[_Turn] = []
        with ThreadPoolExecutor(self.settings.requests_at_once, thread_name_prefix="gnocchi") as pool:
            while True:
                while unfinished or len(running) < self.settings.requests_at_once:
                    turn = unfinished.pop() if unfinished else next(waiting, None)
                    if turn is None:
                        break
                    if self._is_late():
                        wait(running)
                        return False
                    running[pool.submit(read_span, self.source, turn.chunk, *turn.span, self.times.now)] = turn
                if not running:
                    return True
                done, _pending = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    turn = running.pop(future)
                    self._write(turn, future.result())
                    if turn.has_more:
                        unfinished.append(turn)

    def _write(self, turn: _Turn, read: SpanRead) -> None:
        self.failed |= read.failed.keys()
        self.in_vain = self.in_vain + 1 if len(read.failed) == len(turn.chunk.resources) else 0
        if self.in_vain >= _HOPELESS:
            error = next(iter(read.failed.values()))
            if isinstance(error, MetricsUnavailable):
                raise error
        turn.without(read.failed)
        self.hours += write_hours(self.engine, self.region, list(turn.measured(read.found)))

    def _is_late(self) -> bool:
        return time.monotonic() > self.deadline


class _Turn:
    """A chunk while it is read, span by span."""

    def __init__(self, chunk: Chunk, marks: Mapping[Key, Mark], now: datetime) -> None:
        self.chunk = chunk
        self._now = now
        self._spans = list(chunk.slices(now))
        keys = [(resource.id, metric.name) for resource in chunk.resources for metric in chunk.metrics]
        self._marks = {key: marks[key] for key in keys if key in marks}

    @property
    def has_more(self) -> bool:
        return bool(self._spans and self.chunk.resources)

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self._spans[0]

    def without(self, failed: Mapping[str, PollsterError]) -> None:
        """Go on without resources, whose next poll begins where this one found them."""
        if failed:
            rest = tuple(each for each in self.chunk.resources if each.id not in failed)
            self.chunk = replace(self.chunk, resources=rest)

    def measured(self, found: Mapping[Key, Found]) -> Iterator[Measured]:
        """What the span brought, and how far all is read after it."""
        _start, stop = self._spans.pop(0)
        for resource in self.chunk.resources:
            for metric in self.chunk.metrics:
                yield self._measured(resource, metric.name, found.get((resource.id, metric.name), Found()), stop)

    def _measured(self, resource: Resource, metric: str, found: Found, stop: datetime) -> Measured:
        key = (resource.id, metric)
        before = self._marks.get(key)
        newest = [each for each in (before and before.newest, found.newest) if each is not None]
        read_to = max(before.read_to if before else stop, stop)
        after = Mark(min(read_to, self._now), max(newest, default=None), self._now)
        self._marks[key] = after
        return Measured(
            resource.id,
            metric,
            self.chunk.kind,
            resource.project_id or "",
            resource.instance_id,
            found.hours,
            before,
            after,
        )
