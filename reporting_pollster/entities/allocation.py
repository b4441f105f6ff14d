"""Allocations that the dashboard's database grants to projects, where there is one.

Traps: a request that was amended leaves its earlier versions behind, as rows with a parent. A project may still have
several current ones; keystone's project says in its free-form JSON which of them it was made for. The others are of no
use to a report by project and are left out, as if they were gone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables

CURRENT = ("A", "X", "J")  # approved; update requested; update declined


class Allocation(Tracked, Reporting):
    """Current allocations of the dashboard, at most one for each project"""

    __tablename__ = "allocation"
    __table_args__ = (Index("ix_allocation_project_id", "project_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Id of the request")
    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project it was granted to")
    project_name: Mapped[str | None] = mapped_column(comment="Name asked for the project")
    contact_email: Mapped[str | None] = mapped_column(comment="Contact")
    approver_email: Mapped[str | None] = mapped_column(comment="Who approved it")
    chief_investigator: Mapped[str | None] = mapped_column(comment="E-mail of the chief investigator")
    status: Mapped[str | None] = mapped_column(ident(1), comment="A approved, X update requested, J update declined")
    start_date: Mapped[date | None] = mapped_column(comment="First day")
    end_date: Mapped[date | None] = mapped_column(comment="Last day")
    modified_time: Mapped[datetime | None] = mapped_column(comment="Last change of the request, UTC")
    field_of_research_1: Mapped[str | None] = mapped_column(ident(6), comment="Field of research code, first")
    field_of_research_2: Mapped[str | None] = mapped_column(ident(6), comment="Field of research code, second")
    field_of_research_3: Mapped[str | None] = mapped_column(ident(6), comment="Field of research code, third")
    for_percentage_1: Mapped[int | None] = mapped_column(comment="Share of the first field, %")
    for_percentage_2: Mapped[int | None] = mapped_column(comment="Share of the second field, %")
    for_percentage_3: Mapped[int | None] = mapped_column(comment="Share of the third field, %")
    funding_national: Mapped[int | None] = mapped_column(comment="Share funded nationally, %")
    funding_node: Mapped[str | None] = mapped_column(ident(128), comment="Node that funds the rest")


_READ = (
    "id",
    "project_id",
    "project_name",
    "contact_email",
    "approver_email",
    "status",
    "start_date",
    "end_date",
    "modified_time",
    "field_of_research_1",
    "field_of_research_2",
    "field_of_research_3",
    "for_percentage_1",
    "for_percentage_2",
    "for_percentage_3",
    "funding_national",
    "funding_node",
)


def _requests(tables: SourceTables) -> Select[Any]:
    r = tables["rcallocation_allocationrequest"]
    source = {"funding_national": "funding_national_percent"}
    return select(*(r.column(source.get(name, name)).label(name) for name in _READ)).where(
        r.parent_request_id.is_(None), r.status.in_(CURRENT)
    )


def _investigators(tables: SourceTables) -> Select[Any]:
    i = tables["rcallocation_chiefinvestigator"]
    return select(i.allocation_id, i.email).order_by(i.id.desc())


def _projects(tables: SourceTables) -> Select[Any]:
    p = tables["project"]
    return select(p.id, p.extra).where(p.is_domain == 0, p.extra.like("%allocation_id%"))


def _current(inputs: Inputs) -> Iterator[Row]:
    investigators = {row.allocation_id: row.email for row in inputs["investigators"]}  # the first by id stays
    made_for = {row.id: allocation_in(row.extra) for row in inputs["projects"]}
    of_project = defaultdict(list)
    for request in inputs["requests"]:
        of_project[request.project_id or request].append(request)
    for project_id, requests in of_project.items():
        chosen = _chosen(requests, made_for.get(project_id))
        yield (*chosen, investigators.get(chosen.id), 1)


def _chosen(requests: Iterable[Any], allocation_id: str | None) -> Any:
    """The request that keystone's project names; else the one changed last."""
    return max(requests, key=lambda row: (str(row.id) == allocation_id, str(row.modified_time or ""), row.id or 0))


def allocation_in(extra: object) -> str | None:
    """The allocation that keystone's free-form JSON of a project names, be it as a number or as text."""
    try:
        found = json.loads(extra)["allocation_id"]  # type: ignore[arg-type]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return str(found).strip() if isinstance(found, str | int) else None


ENTITY = Entity(
    table=Allocation,
    after=("project",),
    source=Whole(
        inputs={
            "requests": SourceQuery("dashboard", _requests, optional=True),
            "investigators": SourceQuery("dashboard", _investigators, optional=True),
            "projects": SourceQuery("keystone", _projects),
        },
        rows=_current,
        columns=(*_READ, "chief_investigator", "active"),
    ),
    history=tuple(name for name in (*_READ, "chief_investigator", "active") if name not in ("id", "modified_time")),
    gone="remove",
)
