"""Cinder's volumes and attachments of the sample cloud.

A fresh row has no `updated_at`; a soft delete keeps the one there was. A reservation is a new attachment and leaves the
volume alone; an attach and a detach move volume and attachment alike, and a detach soft-deletes the attachment.
"""

from __future__ import annotations

from datetime import timedelta

from reporting_pollster.demo.table import Row, stored
from reporting_pollster.demo.world import World

TYPES = {
    "__DEFAULT__": ("Default Volume Type", True, {}),
    "standard": ("Replicated spinning disks", True, {"volume_backend_name": "rbd-hdd"}),
    "ssd": ("Solid state", True, {"volume_backend_name": "rbd-ssd"}),
    "shared-ssd": ("Solid state, for several instances at once", True, {"multiattach": "<is> True"}),
    "encrypted": ("LUKS, for the hospital", False, {"volume_backend_name": "rbd-luks"}),
}
RETIRED_TYPE = "standard"  # a deleted type of the same name: names repeat among deleted rows
SIZES = (5, 10, 20, 20, 50, 100, 100, 250, 500, 1000, 4000)
ZONES = ("az-north", "az-south", "az-east")


class Volumes:
    """Cinder's volumes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["cinder"]
        self.alive: dict[str, Row] = {}
        self._service: str | None = None

    def found(self, encrypted_for: str) -> None:
        """Volume types and services of the first day."""
        now = self.world.now
        retired = self._type(RETIRED_TYPE, "First generation", True, {})
        self.db["volume_types"].change(retired, deleted=True, deleted_at=now + timedelta(days=9))
        for name, (description, public, specs) in TYPES.items():
            row = self._type(name, description, public, specs)
            if not public:
                self.db["volume_type_projects"].insert(
                    created_at=now, deleted=0, volume_type_id=row["id"], project_id=encrypted_for
                )
        for binary in ("cinder-volume", "cinder-scheduler", "cinder-backup"):
            host = "store-01.demo.example" + ("@ceph" if binary == "cinder-volume" else "")
            self.db["services"].insert(
                created_at=now, updated_at=now, deleted=False, host=host, binary=binary, topic=binary, report_count=0,
                disabled=False, availability_zone="nova", frozen=False, uuid=self.dice.uuid(),
            )  # fmt: skip

    def read(self) -> None:
        """Know the living volumes, from the rows."""
        self.alive = {row["id"]: row for row in self.db["volumes"] if not row["deleted"]}

    def type_id(self, name: str) -> str:
        """The id of a living volume type."""
        return str(next(r["id"] for r in self.db["volume_types"].where("name", name) if not r["deleted"]))

    def type_name(self, volume: Row) -> str:
        """The name of a volume's type."""
        row = self.db["volume_types"].get(volume["volume_type_id"])
        return str(row["name"]) if row else "__DEFAULT__"

    def create(
        self, project_id: str, user_id: str, name: str, size: int, kind: str = "standard", **values: object
    ) -> Row:
        """A volume that is being made; `finish` makes it available."""
        defaults: Row = {"availability_zone": self.dice.pick(ZONES), "bootable": False, "use_quota": True}
        defaults["created_at"] = self.world.now
        row = self.db["volumes"].insert(
            id=self.dice.uuid(),
            deleted=False,
            project_id=project_id,
            user_id=user_id,
            display_name=name,
            size=size,
            status="creating",
            attach_status="detached",
            volume_type_id=self.type_id(kind),
            multiattach=kind == "shared-ssd",
            **(defaults | values),
        )
        self.alive[row["id"]] = row
        self.world.counts["volumes created"] += 1
        return row

    def finish(self, volume: Row) -> None:
        """The backend has made the volume."""
        self._save(
            volume,
            status="available",
            host="store-01.demo.example@ceph#" + ("ssd" if "ssd" in self.type_name(volume) else "hdd"),
            service_uuid=self._service_uuid(),
            scheduled_at=volume["created_at"],
            launched_at=self.world.now,
            replication_status=None,
            shared_targets=False,
        )

    def reserve(self, volume: Row, instance: str) -> Row:
        """Keep a volume for an instance; the volume's own row says nothing of it."""
        return self.db["volume_attachment"].insert(
            id=self.dice.uuid(),
            created_at=self.world.now,
            deleted=False,
            volume_id=volume["id"],
            instance_uuid=instance,
            attach_status="reserved",
            attach_mode="null",
        )

    def attach(self, volume: Row, attachment: Row, mountpoint: str, host: str) -> None:
        """The hypervisor has the volume."""
        now = self.world.now
        self.db["volume_attachment"].change(
            attachment, updated_at=now, attach_time=now, attach_status="attached", attach_mode="rw",
            mountpoint=mountpoint, attached_host=host,
        )  # fmt: skip
        self._save(volume, status="in-use", attach_status="attached")

    def detach(self, volume: Row, attachment: Row) -> None:
        """Soft-delete an attachment; the volume is free when it was the last one."""
        now = self.world.now
        gone = {"deleted": True, "deleted_at": now, "updated_at": now, "detach_time": now, "attach_status": "detached"}
        self.db["volume_attachment"].change(attachment, **gone)
        if self.attachments(volume):
            self._save(volume)
        else:
            self._save(volume, status="available", attach_status="detached")

    def attachments(self, volume: Row) -> list[Row]:
        """Its living attachments."""
        return [row for row in self.db["volume_attachment"].where("volume_id", volume["id"]) if not row["deleted"]]

    def attached_to(self, instance: str) -> list[Row]:
        """Living attachments of an instance."""
        return [row for row in self.db["volume_attachment"].where("instance_uuid", instance) if not row["deleted"]]

    def extend(self, volume: Row) -> None:
        """Make a volume larger."""
        self._save(volume, size=volume["size"] + self.dice.pick((10, 50, 100)))

    def retype(self, volume: Row, kind: str) -> None:
        """Move a volume to another type; the migration leaves the backend's name behind."""
        self._save(volume, volume_type_id=self.type_id(kind), migration_status="success", _name_id=self.dice.uuid())

    def copying(self, volume: Row) -> Row:
        """The temporary twin of a volume that is being migrated; nobody's, and not to be counted."""
        values = {"migration_status": f"target:{volume['id']}", "use_quota": False}
        twin = self.create(
            volume["project_id"], volume["user_id"], volume["display_name"], volume["size"], "ssd", **values
        )
        self._save(volume, migration_status="migrating")
        return twin

    def copied(self, twin: Row) -> None:
        """The migration is done: the volume has taken over what was made under the twin's name."""
        volume = self.alive.get(twin["migration_status"].removeprefix("target:"))
        if volume is not None:
            self._save(volume, volume_type_id=twin["volume_type_id"], migration_status="success", _name_id=twin["id"])
        self.vanish(twin)

    def is_copy(self, volume: Row) -> bool:
        """Whether a volume is the temporary twin of another."""
        return str(volume["migration_status"]).startswith("target:")

    def at_rest(self) -> list[Row]:
        """Living volumes that can be used, and are not on their way somewhere else."""
        return [row for row in self.alive.values() if self.is_at_rest(row)]

    def is_at_rest(self, volume: Row) -> bool:
        """Whether a volume can be used, and is not on its way somewhere else."""
        return volume["status"] in ("available", "in-use") and volume["migration_status"] in (None, "success")

    def delete(self, volume: Row) -> None:
        """The API saves `deleting`; the deletion itself keeps that `updated_at`."""
        asked = self.world.now - self.dice.seconds(1, 8)
        self.db["volumes"].change(
            volume, updated_at=max(stored(asked), volume["updated_at"] or ""), terminated_at=asked
        )
        self.vanish(volume)

    def vanish(self, volume: Row) -> None:
        """Soft-delete a volume without any save before."""
        self.db["volumes"].change(
            volume, status="deleted", deleted=True, deleted_at=self.world.now, migration_status=None
        )
        del self.alive[volume["id"]]
        self.world.counts["volumes deleted"] += 1

    def fail(self, volume: Row) -> None:
        """The backend would not."""
        self._save(volume, status="error")

    def beat(self) -> None:
        """Heartbeats of cinder's services."""
        for row in self.db["services"]:
            self.db["services"].change(row, updated_at=self.world.now, report_count=row["report_count"] + 1)

    def _type(self, name: str, description: str, public: bool, specs: dict[str, str]) -> Row:
        now = self.world.now
        row = self.db["volume_types"].insert(
            id=self.dice.uuid(), created_at=now, deleted=False, name=name, description=description, is_public=public
        )
        for key, value in specs.items():
            self.db["volume_type_extra_specs"].insert(
                created_at=now, deleted=False, volume_type_id=row["id"], key=key, value=value
            )
        return row

    def _service_uuid(self) -> str:
        if self._service is None:
            self._service = str(next(r["uuid"] for r in self.db["services"] if r["binary"] == "cinder-volume"))
        return self._service

    def _save(self, volume: Row, **values: object) -> None:
        self.db["volumes"].change(volume, updated_at=self.world.now, **values)
