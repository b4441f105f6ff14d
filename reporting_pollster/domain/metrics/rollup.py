"""Hours of a metric, made of what Gnocchi aggregated: a pure function of the buckets of that hour and the one before.

The traps are Gnocchi's. Its rates are per sample, not per second, so they are not used: how fast a counter grew is the
difference of two buckets' means over the time between them, right whatever the period of collection and after gaps. A
counter that was reset has no rate across the reset, neither a negative one nor zero. NaN and the future can come back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import NamedTuple

from reporting_pollster.domain.metrics.policy import HOUR, floor

Point = tuple[datetime, float]


class Bucket(NamedTuple):
    """What is known of a metric from `start` on, for as long as the granularity says."""

    start: datetime
    mean: float
    minimum: float
    maximum: float
    samples: int


class Hour(NamedTuple):
    """What a metric was in an hour.

    `rate` is the growth per second, of a counter, over the `rate_seconds` in which it was seen to grow.
    """

    hour: datetime
    minimum: float
    mean: float
    maximum: float
    samples: int
    rate: float | None
    rate_seconds: int


def buckets(series: Mapping[str, Sequence[Point]], now: datetime) -> list[Bucket]:
    """The aggregates of a metric by bucket, in order; without those that are no numbers or of the future.

    Where the policy keeps nothing but means, a bucket counts as one sample.
    """
    minimum, maximum, count = (dict(series.get(name, ())) for name in ("min", "max", "count"))
    found = {}
    for start, mean in series.get("mean", ()):
        bucket = Bucket(start, mean, minimum.get(start, mean), maximum.get(start, mean), _whole(count.get(start, 1)))
        if start <= now and bucket.samples > 0 and all(map(math.isfinite, bucket[1:])):
            found[start] = bucket
    return sorted(found.values())


def hours(found: Sequence[Bucket], *, is_counter: bool) -> Iterator[Hour]:
    """The hours that buckets (in order) tell of; the rate of the first is right if the hour before is among them."""
    growth = _growth(found) if is_counter else {}
    for hour, group in groupby(found, lambda bucket: floor(bucket.start, HOUR)):
        of_hour = list(group)
        samples = sum(bucket.samples for bucket in of_hour)
        seconds, grown = growth.get(hour, (0, 0.0))
        yield Hour(
            hour,
            min(bucket.minimum for bucket in of_hour),
            math.fsum(bucket.mean * bucket.samples for bucket in of_hour) / samples,
            max(bucket.maximum for bucket in of_hour),
            samples,
            grown / seconds if seconds else None,
            seconds,
        )


def _growth(found: Iterable[Bucket]) -> dict[datetime, tuple[int, float]]:
    """By hour, for how many seconds a counter was seen to grow and by how much; counted where the growth ends.

    Steps of more than an hour are left out, so that an hour depends on the one before and on no other.
    """
    growth: dict[datetime, tuple[int, float]] = {}
    for before, after in pairwise(found):
        seconds = int((after.start - before.start).total_seconds())
        was_reset = after.minimum < before.maximum
        if seconds <= HOUR.total_seconds() and not was_reset:
            hour = floor(after.start, HOUR)
            seen, grown = growth.get(hour, (0, 0.0))
            growth[hour] = seen + seconds, grown + (after.mean - before.mean)
    return growth


def _whole(count: float) -> int:
    return int(count) if math.isfinite(count) else 0
