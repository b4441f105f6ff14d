"""How instances change their size or their place: resized, migrated cold or live, shelved, evacuated.

A resize holds both flavours until it is confirmed or reverted, and leaves a migration with the old and the new id.
Nova sets `launched_at` anew when a resize or an unshelve ends, so it does not say when an instance began.
"""

from __future__ import annotations

import json

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.flavour import carried
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.host import Place, kind_for
from reporting_pollster.demo.table import Row

LADDERS = (
    ("t3.nano", "t3.small", "m3.small", "m3.medium", "m3.large", "m3.xlarge"),
    ("m2.small", "m3.small"), ("m2.medium", "m3.small"), ("m2.large", "m3.medium"), ("m2.xlarge", "m3.large"),
    ("c3.large", "c3.xxlarge"), ("r3.large", "r3.xlarge"), ("g2.large", "g2.xlarge"),
)  # fmt: skip
SIZES = ("vcpus", "memory_mb", "root_gb", "ephemeral_gb")


def resize(cloud: Cloud, guest: Guest) -> None:
    """Its owner wants another size; the instance is on its way."""
    wanted = _next_size(cloud, guest)
    place = _elsewhere(cloud, guest, wanted)
    if wanted is None or place is None:
        return
    guest.begin("resize")
    guest.save(task_state="resize_migrating")
    _migration(cloud, guest, "resize", "migrating", place, wanted["id"])
    new = cloud.flavours.serialized(wanted)
    old = json.dumps(_versioned_current(guest))
    guest.save_extra(flavor=carried(old, old, new))


def is_resizable(cloud: Cloud, guest: Guest) -> bool:
    """Whether it can be moved, and there is another size for it."""
    place = cloud.hosts.place_of(guest.row["node"])
    name = _current(guest)["name"]
    return place is not None and place.kind == "kvm" and any(name in ladder for ladder in LADDERS)


def resized(cloud: Cloud, guest: Guest) -> None:
    """It runs with its new size in its new place, and waits for a word."""
    migration = _open(guest)
    place = cloud.hosts.place_of(migration["dest_node"])
    if place is None or cloud.dice.chance(0.03):
        _resize_failed(guest, migration)
        return
    flavour = json.loads(guest.extra["flavor"])
    cloud.leave(guest)
    guest.save(vm_state="resized", task_state=None, launched_at=guest.world.now, **_wears(flavour["new"]), **_at(place))
    cloud.occupy(guest)
    _set(guest, migration, "finished")
    new = json.dumps(flavour["new"])
    guest.save_extra(flavor=carried(new, json.dumps(flavour["old"]), new))
    events = ("conductor_migrate_server", "compute_prep_resize", "compute_resize_instance", "compute_finish_resize")
    guest.finish(guest.unfinished("resize"), *events)
    cloud.world.counts["instances resized"] += 1


def confirm(cloud: Cloud, guest: Guest) -> None:
    """The new size is the size."""
    _set(guest, _open(guest), "confirmed")
    guest.save(vm_state="active", power_state=1)
    guest.save_extra(flavor=carried(json.dumps(_versioned_current(guest))))
    guest.record("confirmResize", "compute_confirm_resize")


def revert(cloud: Cloud, guest: Guest) -> None:
    """Back to the old size, in the old place if it is still there."""
    migration = _open(guest)
    flavour = json.loads(guest.extra["flavor"])
    back = cloud.hosts.place_of(migration["source_node"])
    if back is None:
        confirm(cloud, guest)
        return
    _set(guest, migration, "reverted")
    cloud.leave(guest)
    guest.save(vm_state="active", launched_at=guest.world.now, **_wears(flavour["old"]), **_at(back))
    cloud.occupy(guest)
    guest.save_extra(flavor=carried(json.dumps(flavour["old"])))
    guest.record("revertResize", "compute_revert_resize", "compute_finish_revert_resize")


def live_migrate(cloud: Cloud, guest: Guest) -> None:
    """An operator moves it while it runs."""
    place = _elsewhere(cloud, guest)
    if place is None:
        return
    failed = cloud.dice.chance(0.05)
    _migration(cloud, guest, "live-migration", "error" if failed else "completed", place, guest.row["instance_type_id"])
    if failed:
        guest.save()
    else:
        _go(cloud, guest, place)
    guest.record("live-migration", "conductor_live_migrate_instance", seconds=(10, 60), failed=failed)


def migrate(cloud: Cloud, guest: Guest) -> None:
    """Moved cold, at the same size; confirmed by the operator at once."""
    place = _elsewhere(cloud, guest)
    if place is not None:
        _migration(cloud, guest, "migration", "confirmed", place, guest.row["instance_type_id"])
        _go(cloud, guest, place)
        guest.record(
            "migrate", "compute_prep_resize", "compute_resize_instance", "compute_finish_resize", seconds=(30, 60)
        )


def evacuate(cloud: Cloud, guest: Guest) -> None:
    """Its host is dead; it is built again elsewhere."""
    place = _elsewhere(cloud, guest)
    if place is not None:
        _migration(cloud, guest, "evacuation", "completed", place, guest.row["instance_type_id"])
        _go(cloud, guest, place)
        guest.save(launched_at=guest.world.now)
        guest.record("evacuate", "compute_rebuild_instance", seconds=(20, 60))


def shelve(cloud: Cloud, guest: Guest) -> None:
    """Put aside: an image of it is kept, and its host forgets it."""
    cloud.images.snapshot(guest.row, f"{guest.row['display_name']}-shelved", guest.row["user_id"])
    guest.record("shelve", "compute_shelve_instance", "compute_shelve_offload_instance", seconds=(15, 60))
    cloud.leave(guest)
    nowhere: Row = {"host": None, "node": None, "availability_zone": None, "compute_id": None}
    guest.save(vm_state="shelved_offloaded", power_state=4, **nowhere)
    guest.note("instance_system_metadata", shelved_at=guest.world.now.isoformat())


def unshelve(cloud: Cloud, guest: Guest) -> None:
    """Taken out again, somewhere in its cell."""
    place = cloud.hosts.choose(guest.row, cell=guest.cell)
    if place is None:
        return
    guest.save(vm_state="active", power_state=1, launched_at=guest.world.now, **_at(place))
    cloud.occupy(guest)
    guest.record("unshelve", "conductor_unshelve_instance", "compute_unshelve_instance", seconds=(15, 60))
    for image in cloud.images.named(f"{guest.row['display_name']}-shelved"):
        cloud.images.delete(image)


def _next_size(cloud: Cloud, guest: Guest) -> Row | None:
    name = _current(guest)["name"]
    for ladder in LADDERS:
        if name in ladder:
            step = ladder.index(name) + (1 if name == ladder[0] or cloud.dice.chance(0.7) else -1)
            wanted = ladder[step if step < len(ladder) else step - 2]
            return cloud.flavours.named(wanted) if cloud.flavours.exists(wanted) else None
    return None


def _versioned_current(guest: Guest) -> Row:
    return dict(json.loads(guest.extra["flavor"])["cur"])


def _current(guest: Guest) -> Row:
    return dict(_versioned_current(guest)["nova_object.data"])


def _wears(flavour: Row) -> Row:
    data = flavour["nova_object.data"]
    return {"instance_type_id": data["id"], **{size: data[size] for size in SIZES}}


def _at(place: Place) -> Row:
    node = {"node": place.node["hypervisor_hostname"], "compute_id": place.node["id"]}
    return {"host": place.host, "availability_zone": place.zone, **node}


def _elsewhere(cloud: Cloud, guest: Guest, needs: Row | None = None) -> Place | None:
    here = cloud.hosts.place_of(guest.row["node"])
    zone = here.zone if here else None
    if kind_for(guest.row) == "metal":
        return None
    return cloud.hosts.choose(needs or guest.row, cell=guest.cell, zone=zone, but=guest.row["node"])


def _go(cloud: Cloud, guest: Guest, place: Place) -> None:
    cloud.leave(guest)
    guest.save(**_at(place))
    cloud.occupy(guest)
    cloud.world.counts["instances moved"] += 1


def _migration(cloud: Cloud, guest: Guest, kind: str, status: str, place: Place, new_type: int) -> Row:
    done = status != "migrating"
    return guest.db["migrations"].insert(
        created_at=guest.world.now - guest.dice.seconds(10, 90),
        updated_at=guest.world.now if done else None,
        uuid=guest.dice.uuid(),
        instance_uuid=guest.uuid,
        migration_type=kind,
        status=status,
        source_compute=guest.row["host"],
        source_node=guest.row["node"],
        dest_compute=place.host,
        dest_node=place.node["hypervisor_hostname"],
        dest_compute_id=place.node["id"],
        dest_host="192.0.2.7",
        old_instance_type_id=guest.row["instance_type_id"],
        new_instance_type_id=new_type,
        user_id=guest.row["user_id"],
        project_id=guest.row["project_id"],
        cross_cell_move=False,
        hidden=False,
        deleted=0,
    )


def _open(guest: Guest) -> Row:
    rows = guest.db["migrations"].where("instance_uuid", guest.uuid)
    return next(row for row in reversed(rows) if row["status"] in ("migrating", "finished"))


def _set(guest: Guest, migration: Row, status: str) -> None:
    guest.db["migrations"].change(migration, updated_at=guest.world.now, status=status)


def _resize_failed(guest: Guest, migration: Row) -> None:
    _set(guest, migration, "error")
    guest.save(task_state=None)
    guest.save_extra(flavor=carried(json.dumps(_versioned_current(guest))))
    guest.fault(400, "Insufficient compute resources: Free memory is not enough.")
    guest.finish(guest.unfinished("resize"), "compute_prep_resize", failed=True)
