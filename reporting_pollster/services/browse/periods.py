"""Periods of resources, with what tells each boundary and between which times an estimate lies.

They are found by project or by resource, as the indexes are; everybody's periods are a matter for an export.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, null, or_, select

from reporting_pollster.derived import timelines
from reporting_pollster.errors import WrongParameter
from reporting_pollster.exports.field import fields_of
from reporting_pollster.reports.base import Column
from reporting_pollster.reports.seconds import at
from reporting_pollster.reports.versions import reached
from reporting_pollster.services.browse.keyset import Key, Page, Place, page
from reporting_pollster.services.permit import Permit, known_projects

_LEFT_OUT = ("period_id", "region", "known_to")  # what is told is what is, or was, known; when no longer is hindsight
_OF_THE_CLOUD = frozenset({"host"})  # nova does not tell its users either


@cache
def period_columns(name: str) -> tuple[Column, ...]:
    """What is told of a period of this kind."""
    fields = fields_of(timelines()[name].target, leave_out=_LEFT_OUT)
    return tuple(
        Column(field.name, field.about, field.kind, "UTC" if field.kind == "moment" else "") for field in fields
    )


@dataclass(frozen=True)
class PeriodFilter:
    """Which ones: of a project, by id or name, or of a resource, that touch a time span; as known now or earlier."""

    project: str | None = None
    resource: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    known_at: datetime | None = None


def periods_page(
    connection: Connection, region: str, permit: Permit, kind: str, wanted: PeriodFilter, place: Place
) -> Page:
    """A page of periods by resource and time."""
    if wanted.project is None and wanted.resource is None and permit.reach.project_id is None:
        raise WrongParameter("give a project or a resource", hint="an export has the periods of all of them")
    period, columns = timelines()[kind].target.c, period_columns(kind)
    query = _query(kind, permit).where(
        period.region == region, reached(period.project_id, region, permit.reach), _known(period, wanted.known_at)
    )
    if wanted.project is not None:
        query = query.where(period.project_id.in_(known_projects(connection, region, permit.reach, wanted.project)))
    if wanted.resource is not None:
        query = query.where(period.id == wanted.resource)
    if wanted.begin is not None:
        query = query.where(or_(period.valid_to.is_(None), period.valid_to > at(wanted.begin)))
    if wanted.end is not None:
        query = query.where(period.valid_from < at(wanted.end))
    keys = (Key(period.id), Key(period.valid_from, "moment"), Key(period.period_id, "integer"))
    return page(connection, query, columns, keys, place)


def _query(kind: str, permit: Permit) -> Select[Any]:
    period = timelines()[kind].target.c
    hidden = frozenset() if permit.reach.everything else _OF_THE_CLOUD
    names = (column.name for column in period_columns(kind))
    return select(*(null().label(name) if name in hidden else period[name] for name in names))


def _known(period: Any, known_at: datetime | None) -> ColumnElement[bool]:
    if known_at is None:
        return period.known_to.is_(None)  # type: ignore[no-any-return]
    return and_(period.known_from <= at(known_at), or_(period.known_to.is_(None), period.known_to > at(known_at)))
