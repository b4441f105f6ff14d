"""How instances change their size.

A resize holds both flavours until it is confirmed or reverted, and leaves a migration with the old and the new id.
Nova sets `launched_at` anew when a resize ends.
"""

from __future__ import annotations

import json

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.flavour import carried
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.move import at_place, elsewhere, migration
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
    place = elsewhere(cloud, guest, wanted)
    if wanted is None or place is None:
        return
    guest.begin("resize")
    guest.save(task_state="resize_migrating")
    migration(cloud, guest, "resize", "migrating", place, wanted["id"])
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
    moving = _open(guest)
    place = cloud.hosts.place_of(moving["dest_node"])
    if place is None or cloud.dice.chance(0.03):
        _resize_failed(guest, moving)
        return
    flavour = json.loads(guest.extra["flavor"])
    cloud.leave(guest)
    guest.save(
        vm_state="resized", task_state=None, launched_at=guest.world.now, **_wears(flavour["new"]), **at_place(place)
    )
    cloud.occupy(guest)
    _set(guest, moving, "finished")
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
    moving = _open(guest)
    flavour = json.loads(guest.extra["flavor"])
    back = cloud.hosts.place_of(moving["source_node"])
    if back is None:
        confirm(cloud, guest)
        return
    _set(guest, moving, "reverted")
    cloud.leave(guest)
    guest.save(vm_state="active", launched_at=guest.world.now, **_wears(flavour["old"]), **at_place(back))
    cloud.occupy(guest)
    guest.save_extra(flavor=carried(json.dumps(flavour["old"])))
    guest.record("revertResize", "compute_revert_resize", "compute_finish_revert_resize")


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


def _open(guest: Guest) -> Row:
    rows = guest.db["migrations"].where("instance_uuid", guest.uuid)
    return next(row for row in reversed(rows) if row["status"] in ("migrating", "finished"))


def _set(guest: Guest, moving: Row, status: str) -> None:
    guest.db["migrations"].change(moving, updated_at=guest.world.now, status=status)


def _resize_failed(guest: Guest, moving: Row) -> None:
    _set(guest, moving, "error")
    guest.save(task_state=None)
    guest.save_extra(flavor=carried(json.dumps(_versioned_current(guest))))
    guest.fault(400, "Insufficient compute resources: Free memory is not enough.")
    guest.finish(guest.unfinished("resize"), "compute_prep_resize", failed=True)
