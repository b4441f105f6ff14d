"""Volume types, with the extra specs that choose the backend.

Traps: names repeat among deleted types, so only the id says which one a volume has. Deleting a type deletes its specs
as well, also in the past of the row: what they were is in the history.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, document, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables


class VolumeType(Tracked, Reporting):
    """Volume types of cinder, deleted ones included"""

    __tablename__ = "volume_type"

    id: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Volume type UUID")
    name: Mapped[str | None] = mapped_column(index=True, comment="Name; may repeat among deleted types")
    public: Mapped[bool | None] = mapped_column(comment="Offered to every project")
    description: Mapped[str | None] = mapped_column(comment="Description")
    qos: Mapped[str | None] = mapped_column(ident(36), comment="Id of its QoS specs")
    extra_specs: Mapped[str | None] = mapped_column(document(), comment="Extra specs in force, JSON, keys sorted")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    updated: Mapped[datetime | None] = mapped_column(comment="Last change in cinder, UTC; empty until the first")
    deleted: Mapped[datetime | None] = mapped_column(comment="Deletion, UTC")


_COLUMNS = ("id", "name", "public", "description", "qos", "created", "updated", "deleted", "active")


def _types(tables: SourceTables) -> Select[Any]:
    t = tables["volume_types"]
    gone = func.coalesce(t.deleted, 0) != 0
    return select(
        t.id,
        t.name,
        func.coalesce(t.is_public, 1).label("public"),
        t.description,
        t.qos_specs_id.label("qos"),
        t.created_at.label("created"),
        t.updated_at.label("updated"),
        case((gone, func.coalesce(t.deleted_at, t.updated_at))).label("deleted"),
        case((gone, 0), else_=1).label("active"),
    )


def _specs(tables: SourceTables) -> Select[Any]:
    s = tables["volume_type_extra_specs"]
    return select(s.volume_type_id, s.key.label("spec"), s.value).where(func.coalesce(s.deleted, 0) == 0).order_by(s.id)


def _with_specs(inputs: Inputs) -> Iterator[Row]:
    specs: dict[str, dict[str, str | None]] = defaultdict(dict)
    for row in inputs["specs"]:
        specs[row.volume_type_id][str(row.spec)] = row.value
    for row in inputs["types"]:
        yield (*row, json.dumps(specs.get(row.id, {}), ensure_ascii=False, sort_keys=True, default=str))


def _some_ids(tables: SourceTables) -> Select[Any]:
    t = tables["volume_types"]
    return select(t.id).order_by(t.id).limit(500)


ENTITY = Entity(
    table=VolumeType,
    source=Whole(
        inputs={"types": SourceQuery("cinder", _types), "specs": SourceQuery("cinder", _specs)},
        rows=_with_specs,
        columns=(*_COLUMNS, "extra_specs"),
    ),
    history=("name", "public", "qos", "extra_specs", "created", "deleted", "active"),
    may_empty=False,
    identity=SourceQuery("cinder", _some_ids),
)
