"""What a poll has to read: which metrics of which resources, from when on, and with which requests.

Gnocchi refuses a whole request for one metric that is kept in another way. So resources go together that have the same
metrics with the same archive policies, and are to be read from the same hour on.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporting_pollster.config.settings import GnocchiSettings
from reporting_pollster.domain.metrics.policy import HOUR, Policy, Reading, floor, reading_of
from reporting_pollster.domain.metrics.wanted import WANTED, Metric
from reporting_pollster.sources.gnocchi import Gnocchi, Resource
from reporting_pollster.store.metric import Key, Mark

LOG = logging.getLogger(__name__)
_DAY = timedelta(days=1)
_POINTS = 40_000  # of one request: some 15 MB while they are looked at


@dataclass(frozen=True)
class Lot:
    """Metrics that one request may ask for."""

    reading: Reading
    metrics: tuple[Metric, ...]

    @property
    def lookback(self) -> timedelta:
        """How much earlier to begin, for the first hour's growth."""
        return HOUR if any(metric.is_counter for metric in self.metrics) else timedelta(0)

    def whole_since(self, now: datetime) -> datetime:
        """The first hour that Gnocchi surely has all of: a rest of an hour must not replace what was whole."""
        return floor(now - self.reading.span, HOUR) + 2 * HOUR

    @property
    def points_an_hour(self) -> float:
        """How many an answer has of each resource."""
        return len(self.metrics) * len(self.reading.aggregates) * (HOUR / self.reading.granularity)


@dataclass(frozen=True)
class Chunk:
    """Resources that are read together, from the hour `start` on."""

    kind: str
    resources: tuple[Resource, ...]
    lots: tuple[Lot, ...]
    start: datetime

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return tuple(metric for lot in self.lots for metric in lot.metrics)

    def slices(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Spans of whole hours, one after the other, each short enough for one answer."""
        an_hour = len(self.resources) * sum(lot.points_an_hour for lot in self.lots)
        step = max(1, int(_POINTS / an_hour)) * HOUR
        end, begin = floor(now, HOUR) + HOUR, self.start
        while begin < end:
            yield begin, min(begin + step, end)
            begin += step


@dataclass(frozen=True)
class Times:
    """What the settings and the clock say about from when on to read."""

    now: datetime
    history: datetime  # metrics that were never read
    catch_up: datetime  # a metric without measures since then is dead
    kept: datetime  # no hour is written that is not kept
    since: datetime | None = None  # what somebody asked for

    @classmethod
    def of(cls, settings: GnocchiSettings, now: datetime, since: datetime | None) -> Times:
        return cls(
            now,
            floor(now - settings.history_days * _DAY, _DAY),
            now - settings.catch_up_hours * HOUR,
            floor(now - settings.keep_hours_days * _DAY, _DAY) + _DAY,
            since,
        )


@dataclass(frozen=True)
class Kept:
    """A metric of a resource, and how it is kept."""

    metric: Metric
    policy: Policy
    reading: Reading


def kept_metrics(source: Gnocchi, kind: str) -> dict[str, tuple[Kept, ...]]:
    """By resource, the wanted metrics that it has; equal ones are the same tuple, as there may be a million."""
    policies = source.policies()
    found: defaultdict[str, list[Kept]] = defaultdict(list)
    for metric in WANTED[kind]:
        known = {name: _kept(metric, policy) for name, policy in policies.items()}
        for resource, policy_name in source.metrics(metric.name):
            kept = known.get(policy_name)
            if kept is not None:
                found[resource].append(kept)
    same: dict[tuple[tuple[str, str], ...], tuple[Kept, ...]] = {}
    return {resource: same.setdefault(_signature(each), tuple(each)) for resource, each in found.items()}


def chunks(
    kind: str,
    resources: Sequence[Resource],
    kept: Mapping[str, tuple[Kept, ...]],
    marks: Mapping[Key, Mark],
    times: Times,
    size: int,
) -> Iterator[Chunk]:
    """The resources in groups of at most `size` that are read together."""
    groups: defaultdict[tuple[int, datetime], list[Resource]] = defaultdict(list)
    for resource in resources:
        metrics = kept[resource.id]
        groups[id(metrics), _start(resource, metrics, marks, times)].append(resource)
    for (_same, start), members in groups.items():
        lots = _lots(kept[members[0].id])
        for begin in range(0, len(members), size):
            yield Chunk(kind, tuple(members[begin : begin + size]), lots, start)


def _start(resource: Resource, metrics: Sequence[Kept], marks: Mapping[Key, Mark], times: Times) -> datetime:
    """The hour from which on a resource is to be read: nothing before it can have changed."""
    begins, alive = [], False
    for kept in metrics:
        mark = marks.get((resource.id, kept.metric.name))
        begins.append(times.history if mark is None else mark.read_to)
        if mark is not None and mark.newest is not None and mark.newest >= times.catch_up:
            begins.append(kept.policy.open_since(mark.newest))
            alive = True
    if not alive:  # when Gnocchi lags behind, what comes may be older than the last poll
        begins.append(times.catch_up)
    if times.since is not None:
        begins.append(times.since)
    remembered = times.now - max(kept.reading.span for kept in metrics)
    return floor(max(min(begins), remembered, times.kept), HOUR)


def _lots(metrics: Sequence[Kept]) -> tuple[Lot, ...]:
    groups: defaultdict[Reading, list[Metric]] = defaultdict(list)
    for kept in metrics:
        groups[kept.reading].append(kept.metric)
    return tuple(Lot(reading, tuple(found)) for reading, found in groups.items())


def _kept(metric: Metric, policy: Policy) -> Kept | None:
    reading = reading_of(policy, is_counter=metric.is_counter)
    if reading is None:
        LOG.debug("a policy says nothing of hours policy=%s metric=%s", policy.name, metric.name)
        return None
    return Kept(metric, policy, reading)


def _signature(metrics: Sequence[Kept]) -> tuple[tuple[str, str], ...]:
    return tuple((kept.metric.name, kept.policy.name) for kept in metrics)
