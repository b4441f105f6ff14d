"""Looks at the last measures of one metric, as Gnocchi aggregates them.

A bucket that is still open changes with each sample, so it is not shown unless somebody asks for it. No measures are no
error: a metric may be new.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from reporting_pollster.domain.metrics.policy import Policy
from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.metrics.watched import Seen, Watched
from reporting_pollster.sources.gnocchi import Gnocchi

GRANULARITIES = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}


def look(source: Gnocchi, watched: Watched, now: datetime) -> list[Seen]:
    """The last values, the oldest first; raises WrongParameter for what the metric's archive policy does not keep."""
    policy = source.policy_of_metric(watched.host, watched.metric)
    step = _granularity(policy, watched)
    if watched.aggregation not in policy.methods:
        raise _not_kept("aggregation", watched.aggregation, sorted(policy.methods))
    start = now - (watched.points + 1) * step
    found = source.series(watched.host, watched.metric, watched.aggregation, step, start)
    shown = [
        Seen(at, step.total_seconds(), value)
        for at, value in found
        if math.isfinite(value) and at <= now and (watched.with_open or at + step <= now)
    ]
    return shown[-watched.points :]


def _granularity(policy: Policy, watched: Watched) -> timedelta:
    kept = sorted(archive.granularity for archive in policy.archives)
    try:
        wanted = GRANULARITIES.get(watched.granularity) or float(watched.granularity)
    except ValueError:
        wanted = math.nan
    for step in kept:
        if step.total_seconds() == wanted:
            return step
    raise _not_kept("granularity", watched.granularity, [f"{step.total_seconds():g}" for step in kept])


def _not_kept(what: str, given: str, kept: Iterable[str]) -> WrongParameter:
    return WrongParameter(f"the metric is not kept by the {what} {given}", hint=f"there are {', '.join(kept)}")
