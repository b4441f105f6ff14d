"""Stacks of heat, the ones that users made.

Traps: nested stacks and the copies kept for a rollback are rows of the same table and nobody's order. Heat has no
`deleted` column, only a time; a deleted stack stays until `heat-manage purge_deleted`, and afterwards we alone know
of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables


class Stack(Tracked, Reporting):
    """Top-level stacks of heat, one row each, kept after heat has forgotten them"""

    __tablename__ = "stack"

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Stack UUID")
    project_id: Mapped[str | None] = mapped_column(ident(), index=True, comment="Project that owns it")
    name: Mapped[str | None] = mapped_column(comment="Name")
    action: Mapped[str | None] = mapped_column(comment="Last action (CREATE, UPDATE, DELETE, SUSPEND, …)")
    status: Mapped[str | None] = mapped_column(comment="Its outcome (IN_PROGRESS, COMPLETE, FAILED)")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last update of the stack, UTC; empty until the first")
    deleted: Mapped[datetime | None] = mapped_column(
        comment="Deletion, UTC; for vanished rows the latest possible time"
    )


def _stacks(tables: SourceTables) -> Select[Any]:
    s = tables["stack"]
    return select(
        s.id,
        s.tenant.label("project_id"),
        s.name,
        s.action,
        s.status,
        s.created_at.label("created"),
        s.updated_at.label("updated"),
        s.deleted_at.label("deleted"),
        case((s.deleted_at.is_(None), 1), else_=0).label("active"),
    ).where(s.owner_id.is_(None), or_(s.backup == 0, s.backup.is_(None)))


def _some_ids(tables: SourceTables) -> Select[Any]:
    s = tables["stack"]
    return select(s.id).order_by(s.id).limit(500)


ENTITY = Entity(
    table=Stack,
    after=("project",),
    source=Whole(inputs={"stacks": SourceQuery("heat", _stacks, optional=True)}),
    history=("project_id", "name", "action", "status", "created", "deleted", "active"),
    identity=SourceQuery("heat", _some_ids, optional=True),
)
