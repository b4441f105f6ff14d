"""How instances change their place: migrated live or cold, evacuated, shelved and taken out again.

A shelved instance is nowhere: neither host nor zone. Nova sets `launched_at` anew when an unshelve or evacuation ends,
so it does not say when an instance began.
"""

from __future__ import annotations

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.host import Place, kind_for
from reporting_pollster.demo.table import Row


def live_migrate(cloud: Cloud, guest: Guest) -> None:
    """An operator moves it while it runs."""
    place = elsewhere(cloud, guest)
    if place is None:
        return
    failed = cloud.dice.chance(0.05)
    migration(cloud, guest, "live-migration", "error" if failed else "completed", place, guest.row["instance_type_id"])
    if failed:
        guest.save()
    else:
        _go(cloud, guest, place)
    guest.record("live-migration", "conductor_live_migrate_instance", seconds=(10, 60), failed=failed)


def migrate(cloud: Cloud, guest: Guest) -> None:
    """Moved cold, at the same size; confirmed by the operator at once."""
    place = elsewhere(cloud, guest)
    if place is not None:
        migration(cloud, guest, "migration", "confirmed", place, guest.row["instance_type_id"])
        _go(cloud, guest, place)
        guest.record(
            "migrate", "compute_prep_resize", "compute_resize_instance", "compute_finish_resize", seconds=(30, 60)
        )


def evacuate(cloud: Cloud, guest: Guest) -> None:
    """Its host is dead; it is built again elsewhere."""
    place = elsewhere(cloud, guest)
    if place is not None:
        migration(cloud, guest, "evacuation", "completed", place, guest.row["instance_type_id"])
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
    guest.save(vm_state="active", power_state=1, launched_at=guest.world.now, **at_place(place))
    cloud.occupy(guest)
    guest.record("unshelve", "conductor_unshelve_instance", "compute_unshelve_instance", seconds=(15, 60))
    for image in cloud.images.named(f"{guest.row['display_name']}-shelved"):
        cloud.images.delete(image)


def at_place(place: Place) -> Row:
    """What an instance's row says of where it runs."""
    node = {"node": place.node["hypervisor_hostname"], "compute_id": place.node["id"]}
    return {"host": place.host, "availability_zone": place.zone, **node}


def elsewhere(cloud: Cloud, guest: Guest, needs: Row | None = None) -> Place | None:
    """Another place for an instance in its cell and zone, large enough for what it needs or has."""
    here = cloud.hosts.place_of(guest.row["node"])
    zone = here.zone if here else None
    if kind_for(guest.row) == "metal":
        return None
    return cloud.hosts.choose(needs or guest.row, cell=guest.cell, zone=zone, but=guest.row["node"])


def _go(cloud: Cloud, guest: Guest, place: Place) -> None:
    cloud.leave(guest)
    guest.save(**at_place(place))
    cloud.occupy(guest)
    cloud.world.counts["instances moved"] += 1


def migration(cloud: Cloud, guest: Guest, kind: str, status: str, place: Place, new_type: int) -> Row:
    """A row of nova.migrations; fresh when it has only begun."""
    done = status != "migrating"
    lasted = guest.dice.seconds(1, 9)  # less than the action that asked for it
    return guest.db["migrations"].insert(
        created_at=guest.world.now - lasted if done else guest.world.now,
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
