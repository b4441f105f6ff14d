"""Host aggregates of nova.

Traps: the live ones are in nova_api (the cells still have an old table of the same name, stale or empty). They are
deleted outright. The availability zone is a piece of metadata; the established table has it in its key, so that an
aggregate without one says so with an empty text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, null, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.availability_zone import ZONE_KEY
from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, document, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables


class Aggregate(Tracked, Reporting):
    """Host aggregates"""

    __tablename__ = "aggregate"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Aggregate id")
    uuid: Mapped[str | None] = mapped_column(ident(36), comment="Aggregate UUID")
    name: Mapped[str | None] = mapped_column(comment="Name")
    availability_zone: Mapped[str] = mapped_column(ident(255), comment="Zone it makes; empty when it makes none")
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC")
    deleted: Mapped[datetime | None] = mapped_column(comment="Latest possible deletion, UTC")
    # `metadata` itself is taken by SQLAlchemy, for the class only.
    metadata_: Mapped[str] = mapped_column("metadata", document(), comment="Metadata, JSON object with sorted keys")


def _aggregates(tables: SourceTables) -> Select[Any]:
    a = tables["aggregates"]
    return select(
        a.id,
        a.uuid,
        a.name,
        a.created_at.label("created"),
        null().label("deleted"),
        literal(1).label("active"),
    )


def _metadata(tables: SourceTables) -> Select[Any]:
    m = tables["aggregate_metadata"]
    return select(m.aggregate_id, m.key.label("name"), m.value)


def _complete(inputs: Inputs) -> Iterator[Row]:
    metadata: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for item in inputs["metadata"]:
        metadata[item.aggregate_id][str(item.name)] = item.value
    for aggregate in inputs["aggregates"]:
        own = metadata.get(aggregate.id, {})
        text = json.dumps(own, sort_keys=True, ensure_ascii=False, default=str)
        yield (*aggregate, own.get(ZONE_KEY) or "", text)


ENTITY = Entity(
    table=Aggregate,
    source=Whole(
        inputs={
            "aggregates": SourceQuery("nova_api", _aggregates),
            "metadata": SourceQuery("nova_api", _metadata),
        },
        rows=_complete,
        columns=("id", "uuid", "name", "created", "deleted", "active", "availability_zone", "metadata"),
    ),
    history=("uuid", "name", "availability_zone", "created", "deleted", "metadata", "active"),
)
