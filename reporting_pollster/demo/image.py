"""Glance of the sample cloud: base images and their versions, snapshots of instances, sharing.

Glance dates differently from nova and cinder: `updated_at` is set at the insert, and a deletion moves it. Its size is
unknown until the upload has begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import World

GIB = 1024**3
BASES = {
    "Debian 12": ("debian", 1.1),
    "Ubuntu 24.04 LTS": ("ubuntu", 2.2),
    "Rocky 9": ("rocky", 1.9),
    "AlmaLinux 9": ("almalinux", 1.7),
    "Windows Server 2022": ("windows", 21.0),
    "CentOS 7": ("centos", 1.4),
    "cirros 0.6": ("cirros", 0.02),
}
RETIRED = "CentOS 7"
OWNED_BY_IMAGE = ("image_properties", "image_members", "image_tags", "image_locations")


class Images:
    """Glance's tables."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["glance"]
        self._bases: list[Row] = []

    def found(self, owner: str) -> None:
        """The first base images, published for everybody by the platform team."""
        for name in BASES:
            self.publish(name, owner)

    def read(self) -> None:
        """Know the current base images, from the rows."""
        self._bases = [row for row in self.db["images"] if self._is_base(row)]

    def base(self, family: str | None = None) -> Row:
        """An image to boot from."""
        fit = [row for row in self._bases if family is None or row["name"].startswith(family)]
        return self.dice.pick(fit or self._bases)

    def publish(self, name: str, owner: str) -> Row:
        """A new version of a base image; the one before is hidden, and the one before that deleted when unused."""
        for older in [row for row in self._bases if row["name"] == name]:
            self.db["images"].change(older, os_hidden=True, updated_at=self.world.now)
        distribution, size = BASES[name]
        properties = {"os_distro": distribution, "os_type": "windows" if distribution == "windows" else "linux"}
        row = self._add(name, owner, "public", round(size * GIB * (1 + self.dice.share() / 20)), properties)
        self.db["images"].change(row, protected=True, min_disk=20 if distribution == "windows" else 5, min_ram=512)
        self.tag(row["id"], f"{self.world.now:%Y.%m}")
        self._bases = [older for older in self._bases if older["name"] != name] + [row]
        return row

    def snapshot(self, instance: Row, name: str, user: str) -> Row:
        """An image of an instance; private to its project."""
        size = round(self.dice.share() * max(1, instance["root_gb"]) * GIB)
        properties = {"image_type": "snapshot", "instance_uuid": instance["uuid"], "user_id": user}
        properties["base_image_ref"] = instance["image_ref"] or ""
        row = self._add(name, instance["project_id"], "private", size, properties)
        self.db["images"].change(row, min_disk=instance["root_gb"], min_ram=0)
        return row

    def queue(self, name: str, owner: str) -> Row:
        """An image that was announced, and of which not a byte has come."""
        return self.db["images"].insert(
            **self._common(), name=name, owner=owner, status="queued", visibility="shared", disk_format="qcow2"
        )

    def share(self, image: Row, projects: list[str]) -> None:
        """Offer an image to other projects; not all have accepted."""
        self.db["images"].change(image, visibility="shared", updated_at=self.world.now)
        for project in projects:
            status = self.dice.pick(("accepted", "accepted", "pending", "rejected"))
            self._belonging("image_members", image["id"], member=project, can_share=False, status=status)

    def tag(self, image: str, value: str) -> None:
        """Tags do not move the image's `updated_at`."""
        self._belonging("image_tags", image, value=value)

    def delete(self, image: Row) -> None:
        """Soft-delete an image with all that belongs to it; here `updated_at` moves."""
        gone = {"deleted": True, "deleted_at": self.world.now, "updated_at": self.world.now}
        self.db["images"].change(image, **gone, status="deleted", protected=False)
        for table in OWNED_BY_IMAGE:
            for row in self.db[table].where("image_id", image["id"]):
                self.db[table].change(row, **gone)
        self._bases = [row for row in self._bases if row is not image]

    def living(self, *kinds: str) -> list[Row]:
        """Images with this visibility that are not deleted."""
        return [row for row in self.db["images"] if row["visibility"] in kinds and not row["deleted"]]

    def named(self, name: str) -> list[Row]:
        """Living images of this name."""
        return [row for row in self.db["images"].where("name", name) if not row["deleted"]]

    def _is_base(self, row: Row) -> bool:
        return bool(row["visibility"] == "public" and not row["deleted"] and not row["os_hidden"])

    def _common(self) -> dict[str, object]:
        now = self.world.now
        return {
            "id": self.dice.uuid(),
            "created_at": now,
            "updated_at": now,
            "deleted": False,
            "min_disk": 0,
            "min_ram": 0,
        }

    def _add(self, name: str, owner: str, visibility: str, size: int, properties: Mapping[str, str]) -> Row:
        uploaded = self.world.now
        values = self._common() | {"created_at": uploaded - timedelta(seconds=min(1800, 20 + size // (100 * 2**20)))}
        row = self.db["images"].insert(
            **values,
            name=name,
            owner=owner,
            size=size,
            virtual_size=size * 3,
            status="active",
            visibility=visibility,
            disk_format="qcow2",
            container_format="bare",
            checksum=self.dice.hex(32),
            os_hash_algo="sha512",
            os_hash_value=self.dice.hex(128),
        )
        self._belonging(
            "image_locations", row["id"], value=f"rbd://images/{row['id']}/snap", meta_data='{"store": "ceph"}'
        )
        for key, value in properties.items():
            self._belonging("image_properties", row["id"], name=key, value=value)
        return row

    def _belonging(self, table: str, image: str, **values: object) -> None:
        now = self.world.now
        self.db[table].insert(image_id=image, created_at=now, updated_at=now, deleted=False, **values)
