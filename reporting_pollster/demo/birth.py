"""How instances come into the sample cloud: asked for, scheduled, claimed by a host, built; or buried in cell0.

What is asked for is a mapping without a cell and a build request for a moment; then a row in a cell with neither host
nor `updated_at`; then it has a host. An instance that no host can take ends in cell0, in error, and stays there until
its user deletes it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import NamedTuple

from reporting_pollster.demo import disk
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.flavour import carried
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.habit import KINDS, Kind, kind_of
from reporting_pollster.demo.host import DEFAULT_ZONE, METAL_GB, kind_for
from reporting_pollster.demo.table import Row

SPECIAL = {
    "machine-learning-gpu": ("g2.large", 0.9),
    "materials-simulation": ("bm.standard", 0.15),
    "climate-modelling": ("climate.huge", 0.1),
}
ASKED_FOR = (None, None, "az-north", "az-south", "az-east")
NO_HOST = 0.02
BUILD_FAILS = 0.012


class Wish(NamedTuple):
    """Who wants an instance, for what use, and the uuid it is going to have."""

    kind: Kind
    project_id: str
    user_id: str
    uuid: str


def born(cloud: Cloud, ghosts: tuple[str, ...] = ()) -> Guest:
    """Somebody starts an instance; `ghosts` are projects that keystone is going to forget."""
    kind = KINDS[cloud.dice.weighed({name: kind.share for name, kind in KINDS.items()})]
    return _start(cloud, Wish(kind, *_owner(cloud, kind, ghosts), cloud.dice.uuid()))


def granted(cloud: Cloud, asked: Row) -> Guest:
    """What was only a request goes to a cell."""
    api = cloud.world["nova_api"]
    mapping = api["instance_mappings"].where("instance_uuid", asked["instance_uuid"])[0]
    api["instance_mappings"].remove(mapping)
    api["build_requests"].remove(asked)
    guest = _start(cloud, Wish(KINDS["server"], mapping["project_id"], mapping["user_id"], asked["instance_uuid"]))
    kept = {"id": mapping["id"], "created_at": mapping["created_at"]}
    replaced = cloud.mapping(guest)
    api["instance_mappings"].remove(replaced)
    api["instance_mappings"].insert(**(replaced | kept))
    return guest


def _start(cloud: Cloud, wish: Wish) -> Guest:
    flavour = _flavour(cloud, wish)
    zone = cloud.dice.pick(ASKED_FOR) if kind_for(flavour) == "kvm" else None
    place = None if cloud.dice.chance(NO_HOST) else cloud.hosts.choose(flavour, zone=zone)
    guest = _row(cloud, wish, place.cell if place else "cell0", flavour, zone)
    _announce(cloud, guest)
    _belongings(cloud, guest, flavour)
    if place is None:
        _bury(guest)
    elif not guest.row["image_ref"]:
        disk.boot_volume(cloud, guest)
    cloud.world.counts["instances created"] += 1
    return guest


def claimed(cloud: Cloud, guest: Guest) -> None:
    """A host of the cell takes it."""
    place = cloud.hosts.choose(guest.row, zone=guest.row["availability_zone"], cell=guest.cell)
    if place is None:
        failed(cloud, guest)
        return
    guest.save(
        task_state="spawning",
        host=place.host,
        node=place.node["hypervisor_hostname"],
        launched_on=place.host,
        compute_id=place.node["id"],
        availability_zone=place.zone,
    )
    cloud.occupy(guest)


def built(cloud: Cloud, guest: Guest) -> None:
    """It runs; or, now and then, it does not."""
    if cloud.dice.chance(BUILD_FAILS):
        failed(cloud, guest)
        return
    guest.save(vm_state="active", task_state=None, power_state=1, launched_at=guest.world.now)
    guest.finish(guest.unfinished("create"), "compute__do_build_and_run_instance")
    port = cloud.network.plug(guest.row, guest.row["availability_zone"] or DEFAULT_ZONE)
    kind = kind_of(guest.row["display_name"])
    if cloud.dice.chance(kind.floating):
        cloud.network.float(guest.row["project_id"], port)
    disk.boot_attached(cloud, guest)
    if cloud.dice.chance(kind.data_volume):
        disk.attach(cloud, guest)


def failed(cloud: Cloud, guest: Guest) -> None:
    """The build failed on its host, and the instance leaves it."""
    guest.finish(guest.unfinished("create"), "compute__do_build_and_run_instance", failed=True)
    guest.fault(500, "Build of instance aborted: Failed to allocate the network(s), not rescheduling.")
    cloud.leave(guest)
    guest.save(vm_state="error", task_state=None, host=None, node=None, availability_zone=None, compute_id=None)


def request(cloud: Cloud) -> None:
    """An instance that is in the API, and in no cell yet."""
    now = cloud.world.now
    project, user = _owner(cloud, KINDS["server"], ())
    uuid = cloud.dice.uuid()
    api = cloud.world["nova_api"]
    api["instance_mappings"].insert(
        created_at=now, instance_uuid=uuid, project_id=project, user_id=user, queued_for_delete=False
    )
    body = json.dumps({"nova_object.name": "Instance", "nova_object.data": {"uuid": uuid, "project_id": project}})
    api["build_requests"].insert(created_at=now, project_id=project, instance_uuid=uuid, instance=body)


def _owner(cloud: Cloud, kind: Kind, ghosts: tuple[str, ...]) -> tuple[str, str]:
    rows = [row for row in cloud.identity.projects() if row["enabled"] and row["name"] not in ("admin", "service")]
    if ghosts and cloud.dice.chance(0.02):
        return cloud.dice.pick(ghosts), cloud.dice.pick([row["id"] for row in cloud.identity.db["user"]])
    weights = {row["id"]: 1 / (rank + 3) for rank, row in enumerate(rows)}
    for row in rows:
        if row["name"] in kind.projects:
            weights[row["id"]] = 3.0
    project = cloud.dice.weighed(weights)
    members = cloud.identity.members(project)
    return project, cloud.dice.pick(members or [cloud.identity.db["local_user"].where("name", "admin")[0]["user_id"]])


def _flavour(cloud: Cloud, wish: Wish) -> Row:
    row = cloud.identity.db["project"].get(wish.project_id)
    name, share = SPECIAL.get(row["name"] if row else "", ("", 0.0))
    if name and cloud.dice.chance(share):
        return cloud.flavours.named(name)
    return cloud.flavours.named(
        cloud.dice.weighed({k: w for k, w in wish.kind.flavours.items() if cloud.flavours.exists(k)})
    )


def _row(cloud: Cloud, wish: Wish, cell: str, flavour: Row, zone: str | None) -> Guest:
    dice = cloud.dice
    name = f"{dice.pick(wish.kind.words)}-{dice.hex(4)}"
    keys = cloud.world["nova_api"]["key_pairs"].where("user_id", wish.user_id)
    boots_from_volume = flavour["root_gb"] < METAL_GB and dice.chance(wish.kind.boots_from_volume)
    row = cloud.world[cell]["instances"].insert(
        created_at=cloud.world.now,
        uuid=wish.uuid,
        project_id=wish.project_id,
        user_id=wish.user_id,
        display_name=name,
        hostname=name,
        image_ref="" if boots_from_volume else cloud.images.base("Debian" if wish.kind is KINDS["ci"] else None)["id"],
        key_name=dice.pick(keys)["name"] if keys else None,
        instance_type_id=flavour["id"],
        **{size: flavour[size] for size in ("vcpus", "memory_mb", "root_gb", "ephemeral_gb")},
        vm_state="building",
        task_state="scheduling",
        power_state=0,
        availability_zone=zone,
        reservation_id=f"r-{dice.hex(8)}",
        launch_index=0,
        root_device_name="/dev/vda",
        config_drive="",
        progress=0,
        auto_disk_config=True,
        locked=False,
        cleaned=0,
        hidden=False,
        deleted=0,
    )  # fmt: skip
    return cloud.enter(cell, row)


def _announce(cloud: Cloud, guest: Guest) -> None:
    api = cloud.world["nova_api"]
    now = cloud.world.now
    cell = next(row["id"] for row in api["cell_mappings"] if row["name"] == guest.cell)
    owner = {"project_id": guest.row["project_id"], "user_id": guest.row["user_id"]}
    asked = now - timedelta(seconds=1)
    api["instance_mappings"].insert(
        created_at=asked, updated_at=now, instance_uuid=guest.uuid, cell_id=cell, queued_for_delete=False, **owner
    )
    data = {
        "instance_uuid": guest.uuid,
        "num_instances": 1,
        "availability_zone": guest.row["availability_zone"],
        **owner,
    }
    spec = {"nova_object.name": "RequestSpec", "nova_object.namespace": "nova", "nova_object.version": "1.14"}
    api["request_specs"].insert(
        created_at=asked, instance_uuid=guest.uuid, spec=json.dumps({**spec, "nova_object.data": data})
    )
    guest.begin("create")


def _belongings(cloud: Cloud, guest: Guest, flavour: Row) -> None:
    now = cloud.world.now
    guest.db["instance_extra"].insert(
        created_at=now, instance_uuid=guest.uuid, flavor=carried(cloud.flavours.serialized(flavour)), deleted=0
    )
    guest.db["instance_id_mappings"].insert(created_at=now, uuid=guest.uuid, deleted=0)
    image = cloud.images.db["images"].get(guest.row["image_ref"]) or cloud.images.base()
    disk.device(guest, "/dev/vda", source_type="image", destination_type="local", image_id=image["id"], boot_index=0)
    facts = {
        "image_base_image_ref": guest.row["image_ref"],
        "image_min_disk": str(image["min_disk"]),
        "boot_roles": "member,reader",
    }
    guest.note("instance_system_metadata", **facts)
    if cloud.dice.chance(0.3):
        guest.note("instance_metadata", purpose=guest.row["display_name"].split("-")[0], managed_by="terraform")


def _bury(guest: Guest) -> None:
    guest.finish(guest.unfinished("create"), "conductor_schedule_and_build_instances", failed=True)
    guest.fault(500, "No valid host was found. There are not enough hosts available.")
    guest.save(vm_state="error", task_state=None)
