"""How instances end: deleted by their owner, put into the bin first, or gone with hardly a trace.

A deletion saves the row once or twice, and then soft-deletes it without a save: who follows `updated_at` alone may
see the save and miss the end. An instance in cell0 has no host that could set `terminated_at`, one that is deleted
while it is being built is not even saved, and what an operator types into the database is not saved either.
"""

from __future__ import annotations

from datetime import timedelta

from reporting_pollster.demo import disk
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.guest import Guest

BIN = timedelta(days=7)
SILENT = 0.03


def delete(cloud: Cloud, guest: Guest) -> None:
    """Somebody asks for the end, in one way or another."""
    if guest.row["host"] and cloud.dice.chance(SILENT):
        erase(cloud, guest)
    elif has_bin(guest):
        throw_away(cloud, guest)
    else:
        delete_now(cloud, guest)


def delete_now(cloud: Cloud, guest: Guest) -> None:
    """The usual way: the instance is marked at once, and its host told."""
    guest.begin("delete")
    guest.save(task_state="deleting")
    _queue(cloud, guest)


def deleted(cloud: Cloud, guest: Guest) -> None:
    """The end, some seconds after it was asked for."""
    _release(cloud, guest)
    guest.finish(guest.unfinished("delete"), "compute_terminate_instance")
    if guest.row["host"] or guest.row["vm_state"] == "shelved_offloaded":
        guest.save(vm_state="deleted", task_state=None, terminated_at=guest.world.now, power_state=0, cleaned=1)
    else:
        _end(cloud, guest)


def gone(cloud: Cloud, guest: Guest) -> None:
    """The second step: the row is marked, and nothing of it says so but the mark."""
    _end(cloud, guest)


def erase(cloud: Cloud, guest: Guest) -> None:
    """Gone, and only the soft delete itself tells."""
    _release(cloud, guest)
    _queue(cloud, guest)
    _end(cloud, guest)
    cloud.world.counts["instances deleted silently"] += 1


def restore(cloud: Cloud, guest: Guest) -> None:
    """Taken out of the bin."""
    guest.save(vm_state="active", power_state=1, deleted_at=None)
    guest.record("restore", "compute_restore_instance")


def reclaim(cloud: Cloud, guest: Guest) -> None:
    """The bin is emptied, which nobody asked for and no action records."""
    _release(cloud, guest)
    guest.save(vm_state="deleted", task_state=None, terminated_at=guest.world.now, cleaned=1)
    _queue(cloud, guest)


def has_bin(guest: Guest) -> bool:
    """Cell 2 keeps desktops for a week."""
    name = guest.row["display_name"]
    return guest.cell == "cell2" and name.startswith(("desktop", "student")) and bool(guest.row["host"])


def throw_away(cloud: Cloud, guest: Guest) -> None:
    """Into the bin, from where it can be restored."""
    guest.save(vm_state="soft-delete", task_state=None, power_state=4, deleted_at=guest.world.now)
    guest.record("delete", "compute_soft_delete_instance")


def _release(cloud: Cloud, guest: Guest) -> None:
    disk.give_back(cloud, guest)
    cloud.network.unplug(guest.uuid)
    cloud.leave(guest)


def _queue(cloud: Cloud, guest: Guest) -> None:
    mapping = cloud.mapping(guest)
    cloud.world["nova_api"]["instance_mappings"].change(mapping, queued_for_delete=True, updated_at=cloud.world.now)


def _end(cloud: Cloud, guest: Guest) -> None:
    guest.vanish()
    cloud.guests.pop(guest.uuid, None)
    cloud.world.counts["instances deleted"] += 1
