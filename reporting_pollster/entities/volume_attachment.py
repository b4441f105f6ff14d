"""Attachments of volumes, several per volume where it allows that.

Traps: in 2019.2 neither attaching nor detaching moves updated_at, nor does a reservation touch the volume, and no
index knows the living: only walking the primary key finds changes. A row appears when the attachment is reserved,
before there is one. `connection_info` and `connector` hold secrets and are never read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Index, Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.attached import attach
from reporting_pollster.entities.base import EffectContext, Entity, Paged, Reporting, Tracked, ident
from reporting_pollster.entities.source import SourceTables


class VolumeAttachment(Tracked, Reporting):
    """Attachments of volumes to instances and hosts, past ones included"""

    __tablename__ = "volume_attachment"
    __table_args__ = (Index("ix_volume_attachment_changed_at", "changed_at"),)  # what the effect below looks up

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Attachment UUID")
    volume_id: Mapped[str | None] = mapped_column(ident(36), index=True, comment="Volume UUID (volume.id)")
    instance_id: Mapped[str | None] = mapped_column(
        ident(36), index=True, comment="Instance UUID (instance.id); empty when attached to a host"
    )
    attached_host: Mapped[str | None] = mapped_column(comment="Host it is attached to, when not to an instance")
    device: Mapped[str | None] = mapped_column(comment="Mount point (/dev/vdb, …)")
    mode: Mapped[str | None] = mapped_column(comment="rw or ro")
    status: Mapped[str | None] = mapped_column(comment="cinder attach_status (reserved, attaching, attached, …)")
    attached: Mapped[datetime | None] = mapped_column(comment="Time of attaching, UTC; empty while only reserved")
    detached: Mapped[datetime | None] = mapped_column(comment="Time of detaching, UTC; not every release fills it")
    created: Mapped[datetime | None] = mapped_column(comment="Reservation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in cinder, UTC; always empty in old releases")
    deleted: Mapped[datetime | None] = mapped_column(comment="End of the attachment, UTC")


def _attachments(tables: SourceTables) -> Select[Any]:
    a = tables["volume_attachment"]
    gone = func.coalesce(a.deleted, 0) != 0
    return select(
        a.id,
        a.volume_id,
        a.instance_uuid.label("instance_id"),
        a.attached_host,
        a.mountpoint.label("device"),
        a.attach_mode.label("mode"),
        a.attach_status.label("status"),
        a.attach_time.label("attached"),
        a.detach_time.label("detached"),
        a.created_at.label("created"),
        a.updated_at.label("updated"),
        case((gone, func.coalesce(a.deleted_at, a.detach_time, a.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


def _attach_changed(context: EffectContext) -> Executable:
    return attach(context, changed="volume_attachment")


ENTITY = Entity(
    table=VolumeAttachment,
    after=("volume",),
    source=Paged(database="cinder", table="volume_attachment", select=_attachments),
    history=(
        "volume_id",
        "instance_id",
        "attached_host",
        "mode",
        "status",
        "attached",
        "detached",
        "created",
        "deleted",
        "active",
    ),
    kept=("updated",),
    effects=(_attach_changed,),
)
