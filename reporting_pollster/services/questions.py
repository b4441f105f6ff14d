"""What somebody may ask over the network: every question here takes a permit, and none is answered without.

So there is one list of what goes out, and what a view cannot ask here it cannot ask at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from reporting_pollster.domain.rates import PriceList
from reporting_pollster.errors import UnknownName
from reporting_pollster.services.browse import (
    Page,
    PeriodFilter,
    Place,
    ProjectFilter,
    ResourceFilter,
    one_project,
    periods_page,
    projects_page,
    resources_page,
)
from reporting_pollster.services.explain import Question, explain_usage
from reporting_pollster.services.explain.table import PART_COLUMNS, part_row
from reporting_pollster.services.permit import Permit
from reporting_pollster.services.quarantine import OpenProblem, open_problems
from reporting_pollster.services.rate import run_cost
from reporting_pollster.services.report import ReportRequest, ReportResult, run_report
from reporting_pollster.services.report.result import Row
from reporting_pollster.services.status import Status
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.limit import reading_at_most


@dataclass(frozen=True)
class Questions:
    """What one who asks may know of a region. `prices` is None when no price list is configured."""

    engine: Engine
    region: str
    permit: Permit
    look: Callable[[], Status]
    prices: Callable[[], PriceList] | None = None

    def report(self, name: str, request: ReportRequest) -> AbstractContextManager[ReportResult]:
        """The answer to a report, to be read while it is open; see services.report."""
        return run_report(self.engine, self.region, name, request, self.permit)

    def cost(self, request: ReportRequest) -> AbstractContextManager[ReportResult]:
        """What use costs by the configured price list, to be read while it is open; see services.rate."""
        if self.prices is None:
            raise UnknownName("no price list is configured")
        return run_cost(self.engine, self.region, request, self.prices(), permit=self.permit)

    def projects(self, wanted: ProjectFilter, place: Place) -> Page:
        """A page of projects by name."""
        with self._listing() as connection:
            return projects_page(connection, self.region, self.permit, wanted, place)

    def project(self, project_id: str) -> Row:
        """One project, in the order of PROJECT_COLUMNS."""
        with self._listing() as connection:
            return one_project(connection, self.region, self.permit, project_id)

    def resources(self, kind: str, wanted: ResourceFilter, place: Place) -> Page:
        """A page of the instances, volumes, ... that projects have and had."""
        with self._listing() as connection:
            return resources_page(connection, self.region, self.permit, kind, wanted, place)

    def periods(self, kind: str, wanted: PeriodFilter, place: Place) -> Page:
        """A page of the periods of instances, volumes, ..., with what tells their boundaries."""
        with self._listing() as connection:
            return periods_page(connection, self.region, self.permit, kind, wanted, place)

    @contextmanager
    def _listing(self) -> Iterator[Connection]:
        self.permit.require("project", "this list")
        whole_metadata()
        with reading_at_most(self.engine, self.permit.seconds()) as connection:
            yield connection

    @contextmanager
    def explanation(self, question: Question) -> Iterator[ReportResult]:
        """Why a project's use is what it is, as a table, to be read while it is open; see services.explain."""
        with explain_usage(self.engine, self.region, question, self.permit) as found:
            parameters = {"project": found.project_id, "from": _text(question.begin), "to": _text(question.end)}
            if question.resource is not None:
                parameters["resource"] = question.resource
            yield ReportResult(
                name="explain-usage",
                title="Explanation of use",
                parameters=parameters,
                columns=PART_COLUMNS,
                rows=map(part_row, found.parts),
                notes=(f"What goes on is counted until {_text(found.until)}.",),
                begin=question.begin,
                end=question.end,
            )

    def status(self) -> Status:
        """How fresh each source of each table is; for who does not see everything, each table, without its sources."""
        self.permit.require("project", "status")
        found = self.look()
        return found if self.permit.reach.everything else found.by_table()

    def quarantine(self, tables: tuple[str, ...], limit: int) -> list[OpenProblem]:
        """Rows of sources that could not be loaded as they are."""
        self.permit.require("everything", "the quarantine")
        return open_problems(self.engine, self.region, tables, limit)


def _text(value: datetime) -> str:
    return f"{value.isoformat()}Z"
