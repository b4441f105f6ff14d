"""A resize that moves an instance to another cell.

While it lasts there are two copies with one uuid and different ids, and `hidden` marks the one that does not count.
Afterwards the losing copy is deleted outright: it leaves neither a soft-deleted row nor a shadow.
"""

from __future__ import annotations

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.guest import CHILDREN, Guest
from reporting_pollster.demo.table import Row

COPIED = (*CHILDREN, "instance_actions")


def depart(cloud: Cloud, guest: Guest, target: str) -> None:
    """Set up the hidden copy in the other cell."""
    place = cloud.hosts.choose(guest.row, cell=target)
    if place is None:
        return
    guest.turn += 1  # whatever was due before is off
    guest.begin("resize")
    guest.save(task_state="resize_migrating")
    guest.db["migrations"].insert(
        created_at=cloud.world.now,
        uuid=cloud.dice.uuid(),
        instance_uuid=guest.uuid,
        migration_type="resize",
        status="migrating",
        source_compute=guest.row["host"],
        source_node=guest.row["node"],
        dest_compute=place.host,
        dest_node=place.node["hypervisor_hostname"],
        old_instance_type_id=guest.row["instance_type_id"],
        new_instance_type_id=guest.row["instance_type_id"],
        cross_cell_move=True,
        hidden=False,
        deleted=0,
    )
    _copy(cloud, guest, target)


def is_crossing(guest: Guest) -> bool:
    """Whether the resize that is under way leads to another cell."""
    rows = guest.db["migrations"].where("instance_uuid", guest.uuid)
    return any(row["cross_cell_move"] and row["status"] == "migrating" for row in rows)


def arrive(cloud: Cloud, guest: Guest) -> None:
    """The copy becomes the instance, and the first one is gone."""
    target, copy = next(
        (cell, row)
        for cell, database in cloud.world.cells.items()
        for row in database["instances"].where("uuid", guest.uuid)
        if row["hidden"]
    )
    cloud.leave(guest)
    _wipe(guest)
    guest.cell, guest.row = target, copy
    migration = next(row for row in guest.db["migrations"].where("instance_uuid", guest.uuid) if row["cross_cell_move"])
    guest.db["migrations"].change(migration, updated_at=cloud.world.now, status="confirmed")
    place = cloud.hosts.place_of(migration["dest_node"])
    guest.save(
        hidden=False,
        task_state=None,
        launched_at=cloud.world.now,
        host=migration["dest_compute"],
        node=migration["dest_node"],
        compute_id=place.node["id"] if place else None,
        availability_zone=place.zone if place else None,
    )
    cloud.occupy(guest)
    guest.finish(guest.unfinished("resize"), "conductor_migrate_server", "compute_finish_snapshot_based_resize_at_dest")
    _remap(cloud, guest)
    cloud.world.counts["instances moved to another cell"] += 1


def _copy(cloud: Cloud, guest: Guest, target: str) -> None:
    there = cloud.world[target]
    now = cloud.world.now
    there["instances"].insert(**_without_id(guest.row) | {"hidden": True, "created_at": now, "updated_at": None})
    for name in COPIED:
        for row in guest.db[name].where("instance_uuid", guest.uuid):
            if not row["deleted"]:
                there[name].insert(**_without_id(row))
    there["instance_id_mappings"].insert(created_at=now, uuid=guest.uuid, deleted=0)


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


def _wipe(guest: Guest) -> None:
    for action in guest.db["instance_actions"].where("instance_uuid", guest.uuid):
        for event in guest.db["instance_actions_events"].where("action_id", action["id"]):
            guest.db["instance_actions_events"].remove(event)
    for name in COPIED:
        for row in guest.db[name].where("instance_uuid", guest.uuid):
            guest.db[name].remove(row)
    for row in guest.db["instance_id_mappings"].where("uuid", guest.uuid):
        guest.db["instance_id_mappings"].remove(row)
    guest.db["instances"].remove(guest.row)


def _remap(cloud: Cloud, guest: Guest) -> None:
    api = cloud.world["nova_api"]
    cell = next(row["id"] for row in api["cell_mappings"] if row["name"] == guest.cell)
    api["instance_mappings"].change(cloud.mapping(guest), cell_id=cell, updated_at=cloud.world.now)
