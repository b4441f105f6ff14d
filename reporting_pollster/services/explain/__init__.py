"""Explains a figure of usage: every period that it is made of, with the facts and rules that it follows from.

The periods are those that the reports add up. Their facts are looked up again and the timeline is made once more, so
that each boundary can name its fact; what the parts amount to is the figure, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, or_, select, true

from reporting_pollster.derived import timelines
from reporting_pollster.derived.base import Timeline
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.wording import worded
from reporting_pollster.domain.usage import overlap_seconds
from reporting_pollster.entities.project import Project
from reporting_pollster.errors import UnknownName, WrongParameter
from reporting_pollster.services.permit import UNLIMITED, Permit, known_projects
from reporting_pollster.services.report.knowledge import Knowledge
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.limit import reading_at_most
from reporting_pollster.store.periods import context_of, facts_of

_RESOURCES = 500  # whose facts are read at once


@dataclass(frozen=True)
class Question:
    """Use of a project, by id or name, from `begin` to `end` (exclusive, UTC), perhaps of one resource alone."""

    project: str
    begin: datetime
    end: datetime
    resource: str | None = None


@dataclass(frozen=True)
class Part:
    """A period of one resource, as far as it lies in the time span.

    `amounts` are the columns of usage_day that it adds to. `began` and `ended` say how its boundaries are known; a
    boundary that was cut by the time span says so.
    """

    kind: str
    resource: str
    start: datetime
    end: datetime
    seconds: int
    state: str
    type: str
    availability_zone: str
    amounts: Mapping[str, int]
    began: str
    ended: str


@dataclass(frozen=True)
class Explanation:
    """The parts, one resource after the other. What goes on is counted until `until`: nothing is known beyond."""

    project_id: str
    until: datetime
    parts: Iterator[Part]


@contextmanager
def explain_usage(engine: Engine, region: str, question: Question, permit: Permit = UNLIMITED) -> Iterator[Explanation]:
    """Explain what a project used; the parts are read from the database while it is open."""
    permit.require("project", "an explanation")
    permit.require_span(question.begin, question.end)
    whole_metadata()
    with reading_at_most(engine, permit.seconds()) as connection:
        project_id = _project(connection, region, question.project, permit)
        tables = tuple(sorted({table for timeline in timelines().values() for table in timeline.feeds}))
        known = Knowledge(connection, region, tables)
        until = min(question.end, known.read_until or question.end)
        parts = _parts(connection, region, project_id, question, known.until, permit.reach.everything)
        yield Explanation(project_id, until, parts)


def _project(connection: Connection, region: str, wanted: str, permit: Permit) -> str:
    if permit is not UNLIMITED:
        ids = known_projects(connection, region, permit.reach, wanted)
        if len(ids) > 1:
            raise WrongParameter(f"project: {len(ids)} projects are called {wanted}", hint="give the id of one")
        return ids[0]
    query = select(Project.id).where(
        Project.region == region, or_(Project.id == wanted, Project.display_name == wanted)
    )
    found = sorted(connection.scalars(query))
    if wanted in found:
        return wanted
    if len(found) == 1:
        return str(found[0])
    if found:
        raise UnknownName(f"{len(found)} projects are called {wanted}", hint=f"give the id: {', '.join(found[:5])}")
    for timeline in timelines().values():  # a project that keystone has forgotten still has its periods
        table = timeline.target.c
        if connection.execute(select(table.id).where(table.project_id == wanted).limit(1)).first() is not None:
            return wanted
    raise UnknownName(f"there is no project {wanted}", hint="`reporting-pollster report projects` lists them")


def _parts(
    connection: Connection,
    region: str,
    project_id: str,
    question: Question,
    known: Mapping[str, datetime],
    with_hosts: bool,
) -> Iterator[Part]:
    for timeline in timelines().values():
        until = min(question.end, known.get(timeline.resource, question.end))
        ids = list(connection.scalars(_resources(timeline, region, project_id, question)))
        for begin in range(0, len(ids), _RESOURCES):
            yield from _explained(
                connection, timeline, region, project_id, question, until, ids[begin : begin + _RESOURCES], with_hosts
            )


def _resources(timeline: Timeline, region: str, project_id: str, question: Question) -> Select[Any]:
    table = timeline.target.c
    query = _within(timeline, select(table.id), region, project_id, question).distinct().order_by(table.id)
    return query if question.resource is None else query.where(table.id == question.resource)


def _within(timeline: Timeline, query: Select[Any], region: str, project_id: str, question: Question) -> Select[Any]:
    table = timeline.target.c
    return query.where(
        table.region == region,
        table.project_id == project_id,
        table.known_to.is_(None),
        table.in_use == true(),
        table.valid_from < question.end,
        or_(table.valid_to.is_(None), table.valid_to > question.begin),
    )


def _explained(
    connection: Connection,
    timeline: Timeline,
    region: str,
    project_id: str,
    question: Question,
    until: datetime,
    ids: Sequence[str],
    with_hosts: bool,
) -> Iterator[Part]:
    table = timeline.target.c
    told = _changes(connection, timeline, region, ids)
    query = _within(timeline, timeline.usage.select(), region, project_id, question).where(table.id.in_(ids))
    for row in connection.execute(query.add_columns(table.id).order_by(table.id, table.valid_from)):
        _owner, kind, zone, state, start, end, *factors, resource = row
        seconds = overlap_seconds(start, end, question.begin, until)
        if seconds == 0:
            continue
        period = told.get((resource, start))
        yield Part(
            kind=timeline.resource,
            resource=resource,
            start=max(start, question.begin),
            end=until if end is None else min(end, until),
            seconds=seconds,
            state=state,
            type=kind,
            availability_zone=zone,
            amounts={name: factor * seconds for name, factor in zip(timeline.usage.amounts, factors, strict=True)},
            began=_text(period, start >= question.begin, with_hosts),
            ended=_end(period, end, until, question, with_hosts),
        )


def _changes(
    connection: Connection, timeline: Timeline, region: str, ids: Sequence[str]
) -> dict[tuple[str, datetime], Period[Any]]:
    """The periods once more, by resource and start."""
    context = context_of(connection, timeline, region)
    return {
        (key, period.start): period
        for key, facts in facts_of(connection, timeline, region, ids).items()
        for period in timeline.derive(facts, context)
    }


_CHANGED = "its facts have changed since: the next sync derives it anew"


def _text(period: Period[Any] | None, is_within: bool, with_hosts: bool) -> str:
    if period is None:
        return _CHANGED
    text = worded(period.began, with_hosts=with_hosts)
    return text if is_within else f"goes back before the time span, to {period.start}: {text}"


def _end(
    period: Period[Any] | None, end: datetime | None, until: datetime, question: Question, with_hosts: bool
) -> str:
    if end is None:
        return "goes on" if until == question.end else "goes on, as far as is known"
    if period is None:
        return _CHANGED
    text = worded(period.finished, with_hosts=with_hosts)
    return text if end <= until else f"goes on, until {end}: {text}"
