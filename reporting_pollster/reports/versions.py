"""Rows of the reporting tables as they were known: what an old report says must not change when it is repeated."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, false, or_, select, true

from reporting_pollster.domain.reach import Reach
from reporting_pollster.entities.base import Reporting
from reporting_pollster.reports.base import Asked
from reporting_pollster.reports.seconds import at


def table(name: str) -> Table:
    """A reporting table."""
    return Reporting.metadata.tables[name]


def versions(name: str, asked: Asked, *columns: str) -> FromClause:
    """Some columns of the rows of a region, as they are or as they were known; at most one version of each row."""
    current = table(name)
    now = _columns(current, asked, columns)
    if asked.known_at is None:
        return now.subquery()
    earlier = table(f"{name}_history")
    known = at(asked.known_at)
    before = _columns(earlier, asked, columns).where(earlier.c.known_from <= known, earlier.c.known_to > known)
    return now.where(current.c.known_from <= known).union_all(before).subquery()


def _columns(source: FromClause, asked: Asked, columns: tuple[str, ...]) -> Select[Any]:
    return select(*(source.c[name] for name in columns)).where(source.c.region == asked.region)


def projects(asked: Asked) -> FromClause:
    """Every project with its name and domain."""
    project = versions("project", asked, "id", "display_name", "domain_id")
    domain = versions("domain", asked, "id", "name")
    return (
        select(project.c.id, project.c.display_name.label("name"), project.c.domain_id, domain.c.name.label("domain"))
        .select_from(project.outerjoin(domain, domain.c.id == project.c.domain_id))
        .subquery()
    )


def of_project(column: ColumnElement[Any], asked: Asked) -> ColumnElement[bool]:
    """Whether a row may be told, and is of the project that was asked for, by id or name, if one was."""
    may_be_told = within_reach(column, asked)
    if asked.project is None:
        return may_be_told
    if asked.projects:
        return and_(may_be_told, column.in_(asked.projects))
    return and_(may_be_told, or_(column == asked.project, column.in_(ids_of_project(asked))))


def within_reach(column: ColumnElement[Any], asked: Asked) -> ColumnElement[bool]:
    """Whether a row's project is one whose data may be told."""
    return reached(column, asked.region, asked.reach)


def reached(column: ColumnElement[Any], region: str, reach: Reach) -> ColumnElement[bool]:
    """The same for queries of no report. Who belongs to a domain is decided by what is known now."""
    if reach.everything:
        return true()
    if reach.project_id is not None:
        return column == reach.project_id
    if reach.domain_id is None:
        return false()
    project = table("project").c
    return column.in_(select(project.id).where(project.region == region, project.domain_id == reach.domain_id))


def ids_of_project(asked: Asked) -> Select[Any]:
    """The projects that have the name that was asked for; in several domains there may be several."""
    project = versions("project", asked, "id", "display_name")
    return select(project.c.id).where(project.c.display_name == asked.project)


def known(period: Any, asked: Asked) -> ColumnElement[bool]:
    """Whether a period belongs to what is known now, or was known then."""
    if asked.known_at is None:
        return period.known_to.is_(None)  # type: ignore[no-any-return]
    instant = at(asked.known_at)
    return and_(period.known_from <= instant, or_(period.known_to.is_(None), period.known_to > instant))


def valid(period: Any, asked: Asked) -> ColumnElement[bool]:
    """Whether a period is what is known of the instant that was asked for."""
    instant = at(asked.as_of)
    ends = or_(period.valid_to.is_(None), period.valid_to > instant)
    return and_(period.region == asked.region, known(period, asked), period.valid_from <= instant, ends)
