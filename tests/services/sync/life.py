"""Writes into a cloud the way the services do: which columns they touch, and above all which they don't."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from tests.openstack import Cloud

BORN = datetime(2026, 3, 1, 12)
CHILDREN = ("instance_extra", "instance_actions", "migrations")  # archived with their instance


def flavour_text(flavor_id: int, name: str) -> str:
    """A flavour as nova stores it with an instance."""
    data = {"id": flavor_id, "flavorid": f"uuid-{flavor_id}", "name": name, "vcpus": 2, "memory_mb": 2048}
    return json.dumps({"cur": {"nova_object.name": "Flavor", "nova_object.data": data}, "old": None, "new": None})


class Life:
    """Instances, volumes and the rest, by the services' own habits."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._numbers = 0
        self._columns: dict[str, str] = {}

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of this cloud, cell0 first."""
        return tuple(name.removeprefix("nova_") for name in self.cloud.names if name.startswith("nova_cell"))

    def name(self) -> str:
        """A uuid that is the same in every run."""
        self._numbers += 1
        return str(uuid.UUID(int=self._numbers * 0x1000000010000000100000001 % 2**128))

    def region(self) -> None:
        """The rows that every cloud has: keystone's root, a domain and a project, cells, a flavour, a volume type."""
        put = self.cloud.insert
        put("keystone", "project", id="<<keystone.domain.root>>", name="root", domain_id="<<keystone.domain.root>>",
            is_domain=1, enabled=0)  # fmt: skip
        put("keystone", "project", id="default", name="Default", domain_id="<<keystone.domain.root>>", is_domain=1,
            enabled=1)  # fmt: skip
        self.project("a" * 32, "alpha")
        self.project("b" * 32, "beta")
        for number, name in enumerate(self.cells):
            put("nova_api", "cell_mappings", uuid=f"{number:08}-0000-0000-0000-000000000000", name=name)
        put("keystone", "user", id="admin", domain_id="default", enabled=1, extra="{}")
        put("keystone", "local_user", user_id="admin", domain_id="default", name="admin")
        put("keystone", "role", id="member", name="member")
        put("keystone", "assignment", type="UserProject", actor_id="admin", target_id="a" * 32, role_id="member")
        put("nova_api", "flavors", id=1, flavorid="uuid-1", name="m1.small", memory_mb=2048, vcpus=2, root_gb=20,
            ephemeral_gb=0, is_public=1)  # fmt: skip
        put("cinder", "volume_types", id="c0ffee00-0000-0000-0000-000000000001", name="__DEFAULT__", deleted=0,
            is_public=1)  # fmt: skip

    def project(self, key: str, name: str) -> None:
        self.cloud.insert(
            "keystone", "project", id=key, name=name, domain_id="default", parent_id="default", is_domain=0, enabled=1,
            extra="{}",
        )  # fmt: skip

    def instance(self, *, cell: str = "cell1", created: datetime = BORN, **columns: Any) -> str:
        """A fresh instance: updated_at is empty until its first save."""
        key = columns.pop("uuid", None) or self.name()
        row = {
            "uuid": key, "project_id": "a" * 32, "user_id": "u" * 32, "display_name": f"vm-{key[:8]}", "vcpus": 2,
            "memory_mb": 2048, "root_gb": 20, "ephemeral_gb": 0, "instance_type_id": 1, "vm_state": "active",
            "power_state": 1, "host": "compute1", "node": "compute1.example.org", "availability_zone": "az1",
            "image_ref": "", "created_at": created, "deleted": 0, "hidden": 0,
        }  # fmt: skip
        self.cloud.insert(f"nova_{cell}", "instances", **{**row, **columns})
        self.cloud.insert(
            f"nova_{cell}", "instance_extra", instance_uuid=key, created_at=created, deleted=0,
            flavor=flavour_text(1, "m1.small"),
        )  # fmt: skip
        return key

    def save(self, key: str, at: datetime, *, cell: str = "cell1", **columns: Any) -> None:
        """A save of an instance: moves updated_at."""
        self._change(f"nova_{cell}", "instances", "uuid", key, updated_at=at, **columns)

    def silently(self, key: str, *, cell: str = "cell1", **columns: Any) -> None:
        """A change that moves no time, as an operator's UPDATE or destroy() makes it."""
        self._change(f"nova_{cell}", "instances", "uuid", key, **columns)

    def delete(self, key: str, at: datetime, *, cell: str = "cell1", silent: bool = False) -> None:
        """A soft delete; a silent one comes without the save before it."""
        if not silent:
            self.save(key, at, cell=cell, vm_state="deleted", terminated_at=at, task_state=None)
        self.cloud.execute(
            f"nova_{cell}", "UPDATE instances SET deleted = id, deleted_at = %s WHERE uuid = %s", (at, key)
        )

    def archive(self, *, cell: str = "cell1") -> None:
        """nova-manage db archive_deleted_rows: what is deleted moves to the shadow tables, ids and all."""
        name = f"nova_{cell}"
        for row in self.cloud.rows(name, "SELECT id, uuid FROM instances WHERE deleted <> 0"):
            for table in CHILDREN:
                for child in self.cloud.rows(name, f"SELECT id FROM {table} WHERE instance_uuid = %s", (row["uuid"],)):
                    self._move(name, table, child["id"])
            self._move(name, "instances", row["id"])

    def purge(self, *, cell: str = "cell1") -> None:
        """nova-manage db purge --all."""
        for table in ("instances", *CHILDREN):
            self.cloud.execute(f"nova_{cell}", f"DELETE FROM shadow_{table}")

    def vanish(self, key: str, *, cell: str = "cell1") -> None:
        """Gone without a trace."""
        self.cloud.execute(f"nova_{cell}", "DELETE FROM instance_extra WHERE instance_uuid = %s", (key,))
        self.cloud.execute(f"nova_{cell}", "DELETE FROM instances WHERE uuid = %s", (key,))

    def volume(self, *, created: datetime = BORN, **columns: Any) -> str:
        key = columns.pop("id", None) or self.name()
        row = {
            "id": key, "project_id": "a" * 32, "user_id": "u" * 32, "size": 10, "status": "available",
            "attach_status": "detached", "display_name": "data", "availability_zone": "az1", "created_at": created,
            "deleted": 0, "volume_type_id": "c0ffee00-0000-0000-0000-000000000001",
        }  # fmt: skip
        self.cloud.insert("cinder", "volumes", **{**row, **columns})
        return key

    def attach(self, volume: str, *, at: datetime = BORN, **columns: Any) -> str:
        key = columns.pop("id", None) or self.name()
        row = {"instance_uuid": self.name(), "attach_status": "attached", "attach_time": at, "created_at": at}
        self.cloud.insert("cinder", "volume_attachment", id=key, volume_id=volume, deleted=0, **{**row, **columns})
        return key

    def change_volume(self, key: str, **columns: Any) -> None:
        self._change("cinder", "volumes", "id", key, **columns)

    def _change(self, name: str, table: str, column: str, key: str, **columns: Any) -> None:
        sets = ", ".join(f"`{each}` = %s" for each in columns)
        touched = self.cloud.execute(
            name, f"UPDATE `{table}` SET {sets} WHERE `{column}` = %s", (*columns.values(), key)
        )
        assert touched <= 1

    def _move(self, name: str, table: str, number: int) -> None:
        """One row by its primary key, which waits for no transaction that another row is part of."""
        if table not in self._columns:
            self._columns[table] = ", ".join(f"`{each}`" for each in sorted(self.cloud.columns(name, table)))
        columns = self._columns[table]
        self.cloud.execute(
            name, f"INSERT INTO shadow_{table} ({columns}) SELECT {columns} FROM {table} WHERE id = %s", (number,)
        )
        self.cloud.execute(name, f"DELETE FROM {table} WHERE id = %s", (number,))
