"""Moves of instances: resizes with their old and new flavour, live and cold migrations, evacuations.

Traps: a fresh row has no updated_at, so it is found by its id. The flavours are internal ids, which may point to
nothing any more. nova's `dest_host` is an address; the host is `dest_compute`. The soft delete comes with the
instance's and keeps updated_at: only the sweep sees it, which is soon enough, as it says nothing about the move. Nor
does it matter when nova has forgotten the row: the move was made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Appended, Entity, Paged, Reporting, Since, Tracked, ident
from reporting_pollster.entities.source import CELLS, SourceTables


class Migration(Tracked, Reporting):
    """Resizes, migrations and evacuations of instances; a resize tells both flavours"""

    __tablename__ = "migration"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Id within the cell")
    cell_name: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Cell whose database holds it")
    uuid: Mapped[str | None] = mapped_column(ident(36), comment="Migration UUID")
    instance_id: Mapped[str | None] = mapped_column(ident(36), index=True, comment="Instance UUID (instance.id)")
    type: Mapped[str | None] = mapped_column(comment="resize, migration, live-migration or evacuation")
    status: Mapped[str | None] = mapped_column(
        comment="nova status (migrating, finished, confirmed, reverted, error, …)"
    )
    source_host: Mapped[str | None] = mapped_column(comment="Compute service host it leaves")
    source_node: Mapped[str | None] = mapped_column(comment="Hypervisor it leaves")
    dest_host: Mapped[str | None] = mapped_column(comment="Compute service host it goes to")
    dest_node: Mapped[str | None] = mapped_column(comment="Hypervisor it goes to")
    old_flavour: Mapped[int | None] = mapped_column(comment="Internal flavour id before (flavour.id)")
    new_flavour: Mapped[int | None] = mapped_column(comment="Internal flavour id after (flavour.id)")
    cross_cell: Mapped[bool | None] = mapped_column(comment="From one cell to another")
    user_id: Mapped[str | None] = mapped_column(ident(), comment="User that asked for it")
    project_id: Mapped[str | None] = mapped_column(ident(), comment="Project of the request")
    created: Mapped[datetime | None] = mapped_column(index=True, comment="Creation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in nova, UTC; empty until the first")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, which comes with the instance's, UTC")


def _migrations(tables: SourceTables) -> Select[Any]:
    m = tables["migrations"]
    gone = func.coalesce(m.deleted, 0) != 0
    return select(
        m.id,
        m.uuid,
        m.instance_uuid.label("instance_id"),
        m.migration_type.label("type"),
        m.status,
        m.source_compute.label("source_host"),
        m.source_node,
        m.dest_compute.label("dest_host"),
        m.dest_node,
        m.old_instance_type_id.label("old_flavour"),
        m.new_instance_type_id.label("new_flavour"),
        m.maybe("cross_cell_move").label("cross_cell"),
        m.maybe("user_id").label("user_id"),
        m.maybe("project_id").label("project_id"),
        m.created_at.label("created"),
        m.updated_at.label("updated"),
        case((gone, func.coalesce(m.deleted_at, m.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


ENTITY = Entity(
    table=Migration,
    after=("instance",),
    source=Paged(
        database=CELLS,
        table="migrations",
        select=_migrations,
        cursors=(Since("updated_at"), Appended("id")),
        shadowed=True,
    ),
    gone="keep",
    history=(
        "uuid",
        "instance_id",
        "type",
        "status",
        "source_host",
        "dest_host",
        "old_flavour",
        "new_flavour",
        "created",
        "active",
    ),
)
