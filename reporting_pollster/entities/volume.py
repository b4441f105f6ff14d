"""Volumes, as cinder knows them.

Traps: cinder has no index on any time and keeps updated_at on a soft delete, so changes are found by walking the
primary key and by counting the living of each project. A volume being migrated has a temporary twin, and images
cached on a backend are volumes too: both take space and are nobody's order, so they are marked, not left out. What a
volume is attached to is said by its attachments alone (volume_attachment); cinder's own columns lag behind them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Index, Select, case, false, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.attached import attach
from reporting_pollster.entities.base import EffectContext, Entity, Living, Paged, Reporting, Tracked, ident
from reporting_pollster.entities.source import SourceTables


class Volume(Tracked, Reporting):
    """Block storage volumes, one row each, kept after cinder has forgotten them"""

    __tablename__ = "volume"
    __table_args__ = (
        Index("ix_volume_active_project_id", "active", "project_id"),
        Index("ix_volume_changed_at", "changed_at"),  # what the effect below looks up
    )

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Volume UUID")
    project_id: Mapped[str | None] = mapped_column(ident(), index=True, comment="Project that owns it")
    display_name: Mapped[str | None] = mapped_column(comment="Display name")
    size: Mapped[int | None] = mapped_column(comment="Provisioned size, GB")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(
        comment="Deletion, UTC; for vanished rows the latest possible time"
    )
    attached: Mapped[bool] = mapped_column(
        server_default=false(), comment="Has a live attachment, to an instance or to a host"
    )
    instance_uuid: Mapped[str | None] = mapped_column(
        ident(36), index=True, comment="Instance of its first live attachment; empty when that is a host's"
    )
    availability_zone: Mapped[str | None] = mapped_column(index=True, comment="Availability zone of its backend")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID (volume_type.id)")
    status: Mapped[str | None] = mapped_column(comment="cinder status (available, in-use, error, …)")
    attach_status: Mapped[str | None] = mapped_column(comment="cinder attach_status, which may lag behind attachments")
    user_id: Mapped[str | None] = mapped_column(ident(), comment="User that created it")
    bootable: Mapped[bool | None] = mapped_column(comment="An instance can boot from it")
    multiattach: Mapped[bool | None] = mapped_column(comment="May be attached more than once")
    temporary: Mapped[bool | None] = mapped_column(comment="Internal: twin of a migration, or outside of all quotas")
    host: Mapped[str | None] = mapped_column(comment="Backend that holds it, host@backend#pool")
    snapshot_id: Mapped[str | None] = mapped_column(ident(36), comment="Snapshot it was made from")
    source_volume: Mapped[str | None] = mapped_column(ident(36), comment="Volume it was cloned from")
    launched: Mapped[datetime | None] = mapped_column(comment="First available, UTC")
    terminated: Mapped[datetime | None] = mapped_column(comment="Start of its deletion, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in cinder, UTC; empty until the first")


def _volumes(tables: SourceTables) -> Select[Any]:
    v = tables["volumes"]
    gone = func.coalesce(v.deleted, 0) != 0
    return select(
        v.id,
        v.project_id,
        v.display_name,
        v.size,
        v.created_at.label("created"),
        case((gone, func.coalesce(v.deleted_at, v.terminated_at, v.updated_at))).label("deleted"),
        v.availability_zone,
        v.volume_type_id.label("volume_type"),
        v.status,
        v.attach_status,
        v.user_id,
        func.coalesce(v.bootable, 0).label("bootable"),
        func.coalesce(v.multiattach, 0).label("multiattach"),
        case((or_(v.migration_status.like("target:%"), v.maybe("use_quota") == 0), 1), else_=0).label("temporary"),
        v.host,
        v.snapshot_id,
        v.source_volid.label("source_volume"),
        v.launched_at.label("launched"),
        v.terminated_at.label("terminated"),
        v.updated_at.label("updated"),
        case((gone, 0), else_=1).label("active"),
    )


def _attach_changed(context: EffectContext) -> Executable:
    return attach(context, changed="volume")


ENTITY = Entity(
    table=Volume,
    after=("project", "volume_type"),
    source=Paged(
        database="cinder",
        table="volumes",
        select=_volumes,
        living=Living(group="project_id", our_group="project_id"),
    ),
    history=(
        "project_id",
        "size",
        "volume_type",
        "status",
        "availability_zone",
        "temporary",
        "created",
        "deleted",
        "active",
    ),
    kept=("launched", "terminated", "updated"),
    derived=("attached", "instance_uuid"),
    effects=(_attach_changed,),
    minimum={"size": 0},
)
