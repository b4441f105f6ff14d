"""What an instance has to do with volumes: booting from one, taking and giving back others, being copied."""

from __future__ import annotations

from datetime import timedelta

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.guest import Guest
from reporting_pollster.demo.table import Row
from reporting_pollster.demo.volume import SIZES

LETTERS = "bcdefghijklmnopqrstuvwxyz"


def device(guest: Guest, name: str | None, **values: object) -> Row:
    """A row of nova's own about one of the instance's disks."""
    defaults: dict[str, object] = {"delete_on_termination": False, "no_device": False, "device_type": "disk"}
    return guest.db["block_device_mapping"].insert(
        created_at=guest.world.now,
        instance_uuid=guest.uuid,
        device_name=name,
        uuid=guest.dice.uuid(),
        deleted=0,
        **(defaults | values),
    )


def boot_volume(cloud: Cloud, guest: Guest) -> None:
    """The volume that an instance is going to boot from."""
    row = guest.row
    size = max(20, row["root_gb"])
    volume = cloud.volumes.create(row["project_id"], row["user_id"], "", size, bootable=True)
    cloud.volumes.reserve(volume, guest.uuid)
    root = guest.db["block_device_mapping"].where("instance_uuid", guest.uuid)[0]
    keep = cloud.dice.chance(0.3)
    guest.db["block_device_mapping"].change(
        root, destination_type="volume", volume_id=volume["id"], volume_size=size, delete_on_termination=not keep
    )


def boot_attached(cloud: Cloud, guest: Guest) -> None:
    """The volumes that were reserved for a new instance are attached when it runs."""
    for attachment in cloud.volumes.attached_to(guest.uuid):
        volume = cloud.volumes.db["volumes"].get(attachment["volume_id"])
        if volume is not None and attachment["attach_status"] == "reserved":
            cloud.volumes.finish(volume)
            cloud.volumes.attach(volume, attachment, "/dev/vda", guest.row["host"])


def attach(cloud: Cloud, guest: Guest) -> None:
    """Take a free volume of the project, one shared with others, or a new one."""
    taken = cloud.volumes.attached_to(guest.uuid)
    if len(taken) > 6:
        return
    volume = _free(cloud, guest) or _new(cloud, guest)
    attachment = cloud.volumes.reserve(volume, guest.uuid)
    name = f"/dev/vd{LETTERS[len(taken)]}"
    cloud.volumes.attach(volume, attachment, name, guest.row["host"])
    values = {"source_type": "volume", "destination_type": "volume", "volume_id": volume["id"]}
    device(guest, name, **values, volume_size=volume["size"], attachment_id=attachment["id"])
    guest.record("attach_volume", "compute_attach_volume")
    cloud.world.counts["volumes attached"] += 1


def detach(cloud: Cloud, guest: Guest) -> None:
    """Give back the last volume that is not the root disk."""
    data = [row for row in cloud.volumes.attached_to(guest.uuid) if row["mountpoint"] != "/dev/vda"]
    if not data:
        return
    _give_back(cloud, guest, data[-1])
    guest.record("detach_volume", "compute_detach_volume")
    cloud.world.counts["volumes detached"] += 1


def give_back(cloud: Cloud, guest: Guest) -> None:
    """The end of the instance: all are detached, and a root disk that was made for it goes with it."""
    for attachment in cloud.volumes.attached_to(guest.uuid):
        with_it = any(
            row["volume_id"] == attachment["volume_id"] and row["delete_on_termination"]
            for row in guest.db["block_device_mapping"].where("instance_uuid", guest.uuid)
        )
        volume = _give_back(cloud, guest, attachment)
        if with_it and not cloud.volumes.attachments(volume) and not cloud.copies.snapshots_of(volume):
            cloud.volumes.delete(volume)


def _give_back(cloud: Cloud, guest: Guest, attachment: Row) -> Row:
    volume = cloud.volumes.db["volumes"].get(attachment["volume_id"]) or {}
    cloud.volumes.detach(volume, attachment)
    for row in guest.db["block_device_mapping"].where("instance_uuid", guest.uuid):
        if row["attachment_id"] == attachment["id"] and not row["deleted"]:
            guest.db["block_device_mapping"].change(row, deleted=row["id"], deleted_at=guest.world.now)
    return volume


def _free(cloud: Cloud, guest: Guest) -> Row | None:
    mine = cloud.volumes.db["volumes"].where("project_id", guest.row["project_id"])
    fit = [row for row in mine if not row["deleted"] and _takes(cloud, guest, row)]
    return cloud.dice.pick(fit) if fit and cloud.dice.chance(0.7) else None


def _takes(cloud: Cloud, guest: Guest, volume: Row) -> bool:
    if volume["status"] == "available":
        return volume["migration_status"] in (None, "success") and not volume["bootable"]
    if volume["status"] != "in-use" or not volume["multiattach"]:
        return False
    return all(row["instance_uuid"] != guest.uuid for row in cloud.volumes.attachments(volume))


def _new(cloud: Cloud, guest: Guest) -> Row:
    row = guest.row
    kind = cloud.dice.weighed({"standard": 5, "ssd": 3, "__DEFAULT__": 1, "shared-ssd": 1})
    size = cloud.dice.pick(SIZES)
    asked = guest.world.now - timedelta(seconds=cloud.dice.number(6, 50))
    volume = cloud.volumes.create(
        row["project_id"], row["user_id"], f"{row['display_name']}-data", size, kind, created_at=asked
    )
    cloud.volumes.finish(volume)
    return volume
