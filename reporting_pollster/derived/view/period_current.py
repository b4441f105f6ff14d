"""Periods of every kind of resource as they are known now: without what was superseded, with the owner's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from reporting_pollster.derived import timelines
from reporting_pollster.derived.arithmetic import seconds_between
from reporting_pollster.derived.base import Timeline
from reporting_pollster.derived.view.base import View, owners, with_owners

_ADDED = {
    "project": "Name of the project",
    "domain": "Name of the project's domain",
    "seconds": "Seconds that it lasted; NULL while it goes on",
    "valid_from_uncertain": "Seconds between the earliest and the latest possible start; 0 when it is exact",
    "valid_to_uncertain": "Seconds between the earliest and the latest possible end; 0 when it is exact",
}


def _query(timeline: Timeline) -> Select[Any]:
    period, owner = timeline.target.c, owners()
    return (
        select(
            *(period[name] for name in _kept(timeline)),
            *(owner.c.project, owner.c.domain, seconds_between(period.valid_from, period.valid_to).label("seconds")),
            _width(period.valid_from_earliest, period.valid_from_latest).label("valid_from_uncertain"),
            _width(period.valid_to_earliest, period.valid_to_latest).label("valid_to_uncertain"),
        )
        .select_from(with_owners(timeline.target, timeline.target, owner))
        .where(period.known_to.is_(None))
    )


def _width(earliest: ColumnElement[Any], latest: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(seconds_between(earliest, latest), 0)


def _kept(timeline: Timeline) -> Iterator[str]:
    return (column.name for column in timeline.target.columns if column.name != "known_to")


def _columns(timeline: Timeline) -> Mapping[str, str]:
    return {name: timeline.target.c[name].comment or "" for name in _kept(timeline)} | _ADDED


def _view(timeline: Timeline) -> View:
    query: Callable[[], Select[Any]] = partial(_query, timeline)
    what = timeline.resource.replace("_", " ")
    comment = f"Periods of each {what} as they are known now, with project and domain; superseded ones are left out"
    return View(f"{timeline.name}_current", comment, _columns(timeline), query)


VIEWS = tuple(_view(timeline) for timeline in timelines().values())
