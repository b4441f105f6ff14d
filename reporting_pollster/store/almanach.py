"""Keeps what clients of Almanach's API tell: entries of resources, and volume types.

A write reads the entries of its resource and writes them anew. So it first takes the resource's row in almanach_entity:
another write waits there, and reads afterwards what this one has made of the entries.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reporting_pollster.domain.almanach.entry import Entries, Entry, Kind, in_order
from reporting_pollster.errors import StoreConflict
from reporting_pollster.events.almanach import AlmanachEntity, AlmanachEntry
from reporting_pollster.store.due import note_ids
from reporting_pollster.store.tables import AlmanachVolumeType

_ENTITY: Table = AlmanachEntity.__table__  # type: ignore[assignment]
_ENTRY: Table = AlmanachEntry.__table__  # type: ignore[assignment]
_TYPE: Table = AlmanachVolumeType.__table__  # type: ignore[assignment]


def claim(connection: Connection, region: str, kind: Kind, entity_id: str) -> None:
    """Begin a write to a resource: what is read afterwards stays so until it ends."""
    this = (_ENTITY.c.region == region, _ENTITY.c.id == entity_id)
    found = connection.execute(update(_ENTITY).where(*this).values(writes=_ENTITY.c.writes + 1))
    if found.rowcount:
        return
    try:
        connection.execute(insert(_ENTITY).values(region=region, id=entity_id, kind=kind, writes=1))
    except IntegrityError as error:
        raise StoreConflict("two first writes to one resource", id=entity_id) from error


def declared_entries(connection: Connection, region: str, kind: Kind, ids: Sequence[str]) -> Mapping[str, Entries]:
    """What was told of these resources, those left out of which nothing was."""
    query = select(_ENTRY).where(_ENTRY.c.region == region, _ENTRY.c.kind == kind, _ENTRY.c.id.in_(ids))
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["id"]].append(_entry(row))
    return {entity_id: in_order(entries) for entity_id, entries in found.items()}


def save_entries(connection: Connection, region: str, kind: Kind, entity_id: str, entries: Entries) -> None:
    """These are what is told of a resource from now on; its periods are to be derived anew."""
    connection.execute(delete(_ENTRY).where(_ENTRY.c.region == region, _ENTRY.c.id == entity_id))
    connection.execute(insert(_ENTRY), [_row(region, entry) for entry in entries])
    note_ids(connection, kind, region, [entity_id])


def told_types(connection: Connection, region: str) -> Mapping[str, str | None]:
    """Names of the volume types that were told of, by id."""
    query = select(_TYPE.c.id, _TYPE.c.name).where(_TYPE.c.region == region)
    return {row.id: row.name for row in connection.execute(query.order_by(_TYPE.c.id))}


def save_type(connection: Connection, region: str, type_id: str, name: str | None) -> None:
    """A volume type has this name."""
    forget_type(connection, region, type_id)
    try:
        connection.execute(insert(_TYPE).values(region=region, id=type_id, name=name))
    except IntegrityError as error:
        raise StoreConflict("two writes of one volume type", id=type_id) from error


def forget_type(connection: Connection, region: str, type_id: str) -> bool:
    """Forget a volume type; whether there was one."""
    query = delete(_TYPE).where(_TYPE.c.region == region, _TYPE.c.id == type_id)
    return bool(cast("CursorResult[Any]", connection.execute(query)).rowcount)


def _entry(row: Mapping[Any, Any]) -> Entry:
    return Entry(
        kind=row["kind"],
        entity_id=row["id"],
        project_id=row["project_id"],
        start=row["started"],
        end=row["ended"],
        last_event=row["last_event"],
        processed=row["processed"],
        name=row["name"],
        flavor=row["flavor"],
        image_meta=json.loads(row["image_meta"]),
        metadata=json.loads(row["metadata"]),
        volume_type_id=row["volume_type"],
        volume_type=row["volume_type_name"],
        size=row["size"],
        attached_to=tuple(json.loads(row["attached_to"])),
    )


def _row(region: str, entry: Entry) -> dict[str, Any]:
    processed: datetime | None = entry.processed
    return {
        "region": region,
        "kind": entry.kind,
        "id": entry.entity_id,
        "open_id": entry.entity_id if entry.end is None else None,
        "project_id": entry.project_id,
        "started": entry.start,
        "ended": entry.end,
        "last_event": entry.last_event,
        "processed": processed or entry.last_event,
        "name": entry.name,
        "flavor": entry.flavor,
        "image_meta": _json(entry.image_meta),
        "metadata": _json(entry.metadata),
        "volume_type": entry.volume_type_id,
        "volume_type_name": entry.volume_type,
        "size": entry.size,
        "attached_to": _json(entry.attached_to),
    }


def _json(value: Mapping[str, Any] | Iterable[str]) -> str:
    return json.dumps(value, sort_keys=True)
