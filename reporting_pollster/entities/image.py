"""Images of glance.

Traps: the size is unknown (NULL) until the upload ends. A deletion sets updated_at too, so one cursor sees
everything, but it leaves `status` alone: only `deleted` is proof. The owner may be missing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Select, String, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Living, Paged, Reporting, Since, Tracked, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables


class Image(Tracked, Reporting):
    """Images, one row each, kept after glance has forgotten them"""

    __tablename__ = "image"
    __table_args__ = (Index("ix_image_active", "active"),)

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Image UUID")
    project_id: Mapped[str | None] = mapped_column(ident(), index=True, comment="Project that owns it")
    name: Mapped[str | None] = mapped_column(comment="Name")
    size: Mapped[int | None] = mapped_column(BigInteger, comment="Size of the data, bytes; empty until uploaded")
    status: Mapped[str | None] = mapped_column(String(30), comment="glance status (queued, active, deactivated, …)")
    public: Mapped[bool | None] = mapped_column(comment="Visible to every project")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(
        comment="Deletion, UTC; for vanished rows the latest possible time"
    )
    visibility: Mapped[str | None] = mapped_column(String(30), comment="private, public, shared or community")
    hidden: Mapped[bool | None] = mapped_column(comment="Left out of lists")
    protected: Mapped[bool | None] = mapped_column(comment="Can't be deleted")
    disk_format: Mapped[str | None] = mapped_column(String(20), comment="Disk format (qcow2, raw, …)")
    container_format: Mapped[str | None] = mapped_column(String(20), comment="Container format (bare, …)")
    min_disk: Mapped[int | None] = mapped_column(comment="Smallest root disk that it fits on, GB")
    min_ram: Mapped[int | None] = mapped_column(comment="Least memory that it needs, MB")
    checksum: Mapped[str | None] = mapped_column(String(32), comment="MD5 of the data")
    virtual_size: Mapped[int | None] = mapped_column(BigInteger, comment="Size of the disk inside, bytes")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in glance, deletion included, UTC")


def _images(tables: SourceTables) -> Select[Any]:
    i = tables["images"]
    gone = func.coalesce(i.deleted, 0) != 0
    return select(
        i.id,
        i.owner.label("project_id"),
        i.name,
        i.size,
        i.status,
        case((i.visibility == "public", 1), else_=0).label("public"),
        i.created_at.label("created"),
        case((gone, func.coalesce(i.deleted_at, i.updated_at))).label("deleted"),
        i.visibility,
        i.os_hidden.label("hidden"),
        i.protected,
        i.disk_format,
        i.container_format,
        i.min_disk,
        i.min_ram,
        i.checksum,
        i.virtual_size,
        i.updated_at.label("updated"),
        case((gone, 0), else_=1).label("active"),
    )


def _some_ids(tables: SourceTables) -> Select[Any]:
    i = tables["images"]
    return select(i.id).order_by(i.id).limit(500)


ENTITY = Entity(
    table=Image,
    after=("project",),
    source=Paged(
        database="glance",
        table="images",
        select=_images,
        cursors=(Since("updated_at"),),
        living=Living(),
    ),
    history=("project_id", "size", "status", "visibility", "hidden", "created", "deleted", "active"),
    kept=("updated",),
    minimum={"size": 0, "virtual_size": 0, "min_disk": 0, "min_ram": 0},
    identity=SourceQuery("glance", _some_ids),
)
