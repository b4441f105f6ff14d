"""What cinder does to its rows: volumes and what hangs from them. Nothing in them is indexed by time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.services.sync.histories.world import PROJECTS, Step, World

LIVING = "SELECT id FROM volumes WHERE deleted = 0 ORDER BY id"
TYPES = ("c0ffee00-0000-0000-0000-000000000001", "c0ffee00-0000-0000-0000-000000000002")


class Storage:
    """Random steps in cinder."""

    tables = ("volume_attachment", "snapshot", "backup")

    def __init__(self, world: World) -> None:
        self._world = world
        self._life = world.life
        world.cloud.insert("cinder", "volume_types", id=TYPES[1], name="fast", deleted=0, is_public=1)

    def steps(self) -> Iterator[tuple[int, Step]]:
        """All steps with how often they are taken."""
        yield 6, self._create
        yield 2, self._become_available
        yield 2, self._resize
        yield 2, self._retype
        yield 2, self._transfer
        yield 3, self._change_silently
        yield 4, self._attach
        yield 3, self._detach
        yield 4, self._delete
        yield 1, self._vanish
        yield 2, self._vanish_attachment
        yield 2, self._begin_migration
        yield 2, self._finish_migration
        yield 3, self._snapshot
        yield 2, self._delete_snapshot
        yield 2, self._back_up
        yield 1, self._delete_backup
        yield 1, self._purge
        yield 1, self._describe_type
        yield 2, self._create_late
        yield 2, self._change_late

    def _create(self, **columns: Any) -> str:
        at = self._world.stamp()
        size = self._world.random.choice((1, 10, 100))
        row = {"project_id": self._world.project(), "size": size, "status": "creating", **columns}
        key = self._life.volume(created=at, **row)
        self._world.touched("volume", key)
        return key

    def _become_available(self) -> None:
        self._change("status = 'creating'", status="available", launched_at=self._world.stamp())

    def _resize(self) -> None:
        self._change("TRUE", size=self._world.random.choice((20, 50, 200)))

    def _retype(self) -> None:
        self._change("TRUE", volume_type_id=self._world.random.choice(TYPES))

    def _transfer(self) -> None:
        self._change("status = 'available'", project_id=self._world.random.choice(PROJECTS))

    def _change_silently(self) -> None:
        self._change("TRUE", silent=True, display_name=self._world.random.choice(("data", "Data", "data ", None)))

    def _attach(self) -> None:
        volume = self._volume()
        if volume is not None:
            at, key = self._world.stamp(), self._life.name()
            status = self._world.random.choice(("reserved", "attaching", "attached"))
            self._world.cloud.insert(
                "cinder", "volume_attachment", id=key, volume_id=volume, instance_uuid=self._life.name(), deleted=0,
                attach_status=status, attach_time=at if status == "attached" else None, created_at=at,
            )  # fmt: skip
            if status == "attached":
                self._life.change_volume(volume, status="in-use", attach_status="attached", updated_at=at)

    def _detach(self) -> None:
        key = self._one_of("volume_attachment")
        if key is not None:
            at = self._world.stamp()
            self._set("volume_attachment", key, attach_status="detached", detach_time=at, deleted=1, deleted_at=at)

    def _delete(self) -> None:
        """updated_at stays."""
        volume = self._volume()
        if volume is not None:
            at = self._world.stamp()
            self._life.change_volume(volume, status="deleted", deleted=1, deleted_at=at, terminated_at=at)

    def _vanish(self) -> None:
        volume = self._volume()
        if volume is not None:
            self._remove("volumes", volume)
            self._world.lost("volume", volume)

    def _vanish_attachment(self) -> None:
        key = self._one_of("volume_attachment")
        if key is not None:
            self._remove("volume_attachment", key)
            self._world.lost("volume_attachment", key)

    def _begin_migration(self) -> None:
        """The twin has the size of the volume, its owner, and a mark."""
        volume = self._volume()
        if volume is not None:
            self._life.change_volume(volume, migration_status="migrating")
            self._create(migration_status=f"target:{volume}", use_quota=0)

    def _finish_migration(self) -> None:
        """The volume takes the twin's place on the backend, and the twin is deleted."""
        twin = self._volume("migration_status LIKE 'target:%%'")
        if twin is not None:
            at = self._world.stamp()
            self._life.change_volume(twin, status="deleted", deleted=1, deleted_at=at)
            self._world.cloud.execute(
                "cinder", "UPDATE volumes SET migration_status = NULL, host = 'b@ceph#2', updated_at = %s WHERE id ="
                " (SELECT SUBSTR(migration_status, 8) FROM (SELECT * FROM volumes) twin WHERE id = %s)", (at, twin),
            )  # fmt: skip

    def _snapshot(self) -> None:
        volume = self._volume()
        if volume is not None:
            self._world.cloud.insert(
                "cinder", "snapshots", id=self._life.name(), volume_id=volume, project_id=self._world.project(),
                volume_size=10, status="available", created_at=self._world.stamp(), deleted=0, volume_type_id=TYPES[0],
            )  # fmt: skip

    def _delete_snapshot(self) -> None:
        key = self._one_of("snapshots")
        if key is not None:
            self._set("snapshots", key, status="deleted", deleted=1, deleted_at=self._world.stamp())

    def _back_up(self) -> None:
        volume = self._volume()
        if volume is not None:
            self._world.cloud.insert(
                "cinder", "backups", id=self._life.name(), volume_id=volume, project_id=self._world.project(), size=10,
                status="available", created_at=self._world.stamp(), deleted=0,
            )  # fmt: skip

    def _delete_backup(self) -> None:
        key = self._one_of("backups")
        if key is not None:
            self._set("backups", key, status="deleted", deleted=1, deleted_at=self._world.stamp())

    def _purge(self) -> None:
        """cinder-manage db purge."""
        for table in ("volume_attachment", "snapshots", "backups", "volumes"):
            for row in self._world.rows("cinder", f"SELECT id FROM {table} WHERE deleted = 1"):
                self._remove(table, row["id"])

    def _describe_type(self) -> None:
        text = self._world.random.choice(("slow", "fast", None))
        self._world.cloud.execute("cinder", "UPDATE volume_types SET description = %s WHERE id = %s", (text, TYPES[1]))

    # -- transactions that stay open

    def _create_late(self) -> None:
        with self._world.late("cinder"):
            self._create()

    def _change_late(self) -> None:
        volume = self._volume()
        if volume is not None:
            with self._world.late("cinder"):
                self._life.change_volume(volume, size=500, updated_at=self._world.stamp())
                self._world.touched("volume", volume)

    # -- choices and changes

    def _volume(self, where: str = "TRUE") -> Any:
        return self._world.choose("volume", "cinder", LIVING.replace("ORDER", f"AND {where} ORDER"))

    def _one_of(self, table: str) -> Any:
        return self._world.choose(table, "cinder", f"SELECT id FROM {table} WHERE deleted = 0 ORDER BY id")

    def _change(self, where: str, *, silent: bool = False, **columns: Any) -> None:
        volume = self._volume(where)
        if volume is not None:
            at = {} if silent else {"updated_at": self._world.stamp()}
            self._life.change_volume(volume, **columns, **at)

    def _set(self, table: str, key: Any, **columns: Any) -> None:
        sets = ", ".join(f"{name} = %s" for name in columns)
        self._world.cloud.execute("cinder", f"UPDATE {table} SET {sets} WHERE id = %s", (*columns.values(), key))

    def _remove(self, table: str, key: Any) -> None:
        self._world.cloud.execute("cinder", f"DELETE FROM {table} WHERE id = %s", (key,))
