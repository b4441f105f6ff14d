"""What projects have and had: one row for each resource, with its name, state and size of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, true

from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Column, moment, number, text
from reporting_pollster.reports.seconds import at
from reporting_pollster.reports.versions import reached, table
from reporting_pollster.services.browse.keyset import Key, Page, Place, page
from reporting_pollster.services.permit import Permit, known_projects

SORTS = ("id", "name", "created", "-id", "-name", "-created")
_BEFORE_ALL = datetime(1970, 1, 1)


class _Kind(NamedTuple):
    """The table's columns for name and state, and others with what they are here."""

    name: str
    state: str
    others: Mapping[str, Column]


_SIZE = {"size": number("size_gb", "Size", "GB")}
_TYPE = {"volume_type": text("volume_type", "Volume type id")}
_ZONE = {"availability_zone": text("zone", "Availability zone")}
_USER = {"user_id": text("user_id", "User that created it")}
_VOLUME = {"volume_id": text("volume_id", "Volume that it is of")}
_KINDS: Mapping[str, _Kind] = {
    "instance": _Kind(
        "name",
        "vm_state",
        {
            "created_by": _USER["user_id"],
            "flavour_name": text("flavour", "Flavour"),
            "vcpus": number("vcpus", "vCPUs"),
            "memory": number("memory_mb", "Memory", "MB"),
            "root": number("root_gb", "Root disk", "GB"),
            "ephemeral": number("ephemeral_gb", "Ephemeral disk", "GB"),
            "image": text("image_id", "Image that it was made of"),
            **_ZONE,
        },
    ),
    "volume": _Kind(
        "display_name",
        "status",
        {
            **_USER,
            **_SIZE,
            **_TYPE,
            "attached": Column("attached", "Attached", "flag"),
            "instance_uuid": text("instance_id", "Instance that it is attached to"),
            **_ZONE,
        },
    ),
    "snapshot": _Kind("display_name", "status", {**_USER, **_SIZE, **_TYPE, **_VOLUME}),
    "backup": _Kind("display_name", "status", {**_USER, **_SIZE, **_VOLUME, **_ZONE}),
    "image": _Kind(
        "name",
        "status",
        {
            "size": number("size_bytes", "Size", "bytes"),
            "visibility": text("visibility", "Visibility"),
            "disk_format": text("disk_format", "Disk format"),
        },
    ),
    "floating_ip": _Kind(
        "address",
        "status",
        {
            "fixed_ip": text("fixed_ip", "Address that it leads to"),
            "instance_id": text("instance_id", "Instance that it leads to"),
        },
    ),
}
_COMMON = (text("id", "Id"), text("name", "Name, of a floating IP its address"), text("project_id", "Project id"))
_LIFE = (
    text("state", "State, in the service's word"),
    Column("active", "There", "flag"),
    moment("created", "Created"),
    moment("deleted", "Deleted; when that is not known, the latest possible time"),
)
RESOURCE_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    name: (*_COMMON, *_LIFE, *kind.others.values()) for name, kind in _KINDS.items()
}


@dataclass(frozen=True)
class ResourceFilter:
    """Which ones: of a project, by id or name, there or gone, that lived in a time span; and their order."""

    project: str | None = None
    active: bool | None = None
    begin: datetime | None = None
    end: datetime | None = None
    sort: str = "id"


def resources_page(
    connection: Connection, region: str, permit: Permit, kind: str, wanted: ResourceFilter, place: Place
) -> Page:
    """A page of resources of a kind."""
    row = table(kind).c
    query = _query(kind).where(
        row.region == region, reached(row.project_id, region, permit.reach), *_lived(row, wanted)
    )
    order = wanted.sort.removeprefix("-")
    if wanted.project is not None:
        query = query.where(row.project_id.in_(known_projects(connection, region, permit.reach, wanted.project)))
    elif order != "id" and permit.reach.project_id is None:
        raise WrongParameter(f"sort: {order} needs a project", hint="give a project, or sort by id")
    if wanted.active is not None:
        query = query.where(row.active.is_(wanted.active))
    keys = (*_keys(kind, order), Key(row.id))
    return page(connection, query, RESOURCE_COLUMNS[kind], keys, place, descending=wanted.sort.startswith("-"))


def _query(kind: str) -> Select[Any]:
    row, own = table(kind).c, _KINDS[kind]
    gone = func.coalesce(row.deleted, row.vanished_before)
    life = (row[own.state], row.active, row.created, gone)
    return select(row.id, row[own.name], row.project_id, *life, *(row[name] for name in own.others))


def _lived(row: Any, wanted: ResourceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.begin is not None:
        gone = func.coalesce(row.deleted, row.vanished_before)
        conditions.append(or_(row.active == true(), gone > at(wanted.begin)))
    if wanted.end is not None:
        conditions.append(or_(row.created.is_(None), row.created < at(wanted.end)))
    return conditions


def _keys(kind: str, order: str) -> tuple[Key, ...]:
    row = table(kind).c
    if order == "name":
        return (Key(func.coalesce(row[_KINDS[kind].name], "")),)
    if order == "created":
        return (Key(func.coalesce(row.created, at(_BEFORE_ALL)), "moment"),)
    return ()
