"""What somebody who asks over the network is granted: whose data, how long one query may take, how many days at once.

The restriction is part of each query, and a project beyond it does not exist for who asks: nobody learns from an error
whether there is a project of some id or name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, or_, select

from reporting_pollster.derived import timelines
from reporting_pollster.domain.reach import EVERYTHING, Reach
from reporting_pollster.errors import BeyondReach, UnknownName, WrongParameter
from reporting_pollster.reports.base import Extent
from reporting_pollster.reports.versions import reached, table

_RANK: Final = ("project", "domain", "everything")


@dataclass(frozen=True)
class Permit:
    """Whose data, and limits; None is no limit.

    `stream_seconds` are for queries whose rows are handed on while they come, as fast as the client takes them.
    """

    reach: Reach = EVERYTHING
    query_seconds: int | None = None
    stream_seconds: int | None = None
    days: int | None = None

    def require(self, extent: Extent, what: str) -> None:
        """Raise BeyondReach unless so much may be seen."""
        if self.reach == Reach():
            raise BeyondReach("this token reads nothing: it is of no project, domain or system, or lacks a role there")
        if not self.covers(extent):
            raise BeyondReach(f"{what} is not for those who may see one {self.extent} only")

    def covers(self, extent: Extent) -> bool:
        """Whether so much may be seen."""
        return self.reach != Reach() and _RANK.index(self.extent) >= _RANK.index(extent)

    @property
    def extent(self) -> Extent:
        """How much may be seen."""
        if self.reach.everything:
            return "everything"
        return "domain" if self.reach.domain_id is not None else "project"

    def seconds(self, is_streamed: bool = False) -> int | None:
        """How long a query may take."""
        return self.stream_seconds if is_streamed else self.query_seconds

    def require_span(self, begin: datetime, end: datetime) -> None:
        """Raise WrongParameter for more days than are told at once."""
        if self.days is not None and end - begin > timedelta(days=self.days):
            raise WrongParameter(f"from: the time span is longer than {self.days} days", hint="ask for less at once")


UNLIMITED: Final = Permit()


def known_projects(
    connection: Connection, region: str, reach: Reach, wanted: str, candidates: Iterable[str] = ()
) -> tuple[str, ...]:
    """The ids that an id or name may stand for, of those whose data may be told. Raises UnknownName without any.

    A project that keystone has forgotten, or that was never read, still has what it used.
    """
    project = table("project").c
    named = or_(project.id.in_(list(candidates)), project.id == wanted, project.display_name == wanted)
    query = select(project.id).where(project.region == region, named, reached(project.id, region, reach))
    found = sorted(connection.scalars(query))
    if wanted in found:
        return (wanted,)
    if found:
        return tuple(found)
    if wanted == reach.project_id or (reach.everything and _has_used(connection, region, wanted)):
        return (wanted,)
    raise UnknownName(f"there is no project {wanted}")


def _has_used(connection: Connection, region: str, wanted: str) -> bool:
    tables = (timeline.target.c for timeline in timelines().values())
    queries = (select(t.period_id).where(t.project_id == wanted, t.region == region).limit(1) for t in tables)
    return any(connection.execute(query).first() is not None for query in queries)
