"""Reads one span of hours of some resources, whatever becomes of single requests.

A request that gets no answer may have died of one resource of it: so it is halved once. One that is refused is halved
down to who is at fault, so that nobody else goes without. Nothing is tried for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reporting_pollster.domain.metrics.rollup import Hour, buckets, hours
from reporting_pollster.errors import MetricsRefused, MetricsUnavailable, PollsterError
from reporting_pollster.services.metrics.plan import Chunk, Lot
from reporting_pollster.sources.gnocchi import Gnocchi, Question
from reporting_pollster.sources.gnocchi.gnocchi import Answer
from reporting_pollster.store.metric import Key

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """The hours of a metric of a resource, and the time of its newest measures."""

    hours: tuple[Hour, ...] = ()
    newest: datetime | None = None


@dataclass(frozen=True)
class SpanRead:
    """What was found in a span; resources that `failed` are in no part of it."""

    found: Mapping[Key, Found]
    failed: Mapping[str, PollsterError]


def read_span(source: Gnocchi, chunk: Chunk, start: datetime, stop: datetime, now: datetime) -> SpanRead:
    """The hours from `start` to before `stop`; raises only what concerns all of Gnocchi."""
    found: dict[Key, Found] = {}
    failed: dict[str, PollsterError] = {}
    for lot in chunk.lots:
        begin = max(start, lot.whole_since(now))
        if begin >= stop:
            continue
        question = _question(chunk, lot, begin, stop)
        for answer, lost in _answers(source, question, may_repeat=True):
            failed |= lost
            for metric in lot.metrics:
                for resource, series in answer.items():
                    of_metric = buckets(series.get(metric.name, {}), now)
                    made = tuple(each for each in hours(of_metric, is_counter=metric.is_counter) if each.hour >= begin)
                    newest = of_metric[-1].start.replace(microsecond=0) if of_metric else None
                    found[resource, metric.name] = Found(made, newest)
    return SpanRead({key: each for key, each in found.items() if key[0] not in failed}, failed)


def _question(chunk: Chunk, lot: Lot, start: datetime, stop: datetime) -> Question:
    return Question(
        chunk.kind,
        tuple(resource.id for resource in chunk.resources),
        tuple(metric.name for metric in lot.metrics),
        lot.reading.aggregates,
        lot.reading.granularity,
        start - lot.lookback,
        stop,
    )


def _answers(
    source: Gnocchi, question: Question, *, may_repeat: bool
) -> Iterator[tuple[Answer, Mapping[str, PollsterError]]]:
    """Answers that together are one to the question, each with the resources that there is none for, and why."""
    ids = question.resources
    try:
        yield source.measures(question), {}
        return
    except MetricsRefused as error:
        reason: PollsterError = error
        goes_on, may_repeat_parts = len(ids) > 1, may_repeat
    except MetricsUnavailable as error:
        reason, goes_on, may_repeat_parts = error, may_repeat, False
    LOG.warning("measures not read kind=%s resources=%d again=%s error=%s", question.kind, len(ids), goes_on, reason)
    if not goes_on:
        yield {}, dict.fromkeys(ids, reason)
        return
    middle = (len(ids) + 1) // 2
    for part in filter(None, (ids[:middle], ids[middle:])):
        yield from _answers(source, replace(question, resources=part), may_repeat=may_repeat_parts)
