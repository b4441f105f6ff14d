"""Cinder's snapshots and backups in the sample cloud.

Both are made in a moment and soft-deleted with `updated_at` unchanged. A backup outlives its volume.
"""

from __future__ import annotations

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import World


class Copies:
    """Snapshots and backups of volumes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["cinder"]
        self.alive: dict[str, dict[str, Row]] = {"snapshots": {}, "backups": {}}

    def read(self) -> None:
        """Know the living, from the rows."""
        for table, alive in self.alive.items():
            alive.update({row["id"]: row for row in self.db[table] if not row["deleted"]})

    def snapshot(self, volume: Row, name: str) -> Row:
        """A snapshot that is being made."""
        return self._add(
            "snapshots",
            volume,
            name,
            status="creating",
            progress="0%",
            volume_size=volume["size"],
            volume_type_id=volume["volume_type_id"],
            use_quota=True,
        )

    def finish_snapshot(self, snapshot: Row) -> None:
        """The backend has made the snapshot."""
        self.db["snapshots"].change(snapshot, updated_at=self.world.now, status="available", progress="100%")

    def backup(self, volume: Row, name: str) -> Row:
        """A backup that is being made; incremental when there is an older one."""
        older = [row for row in self.backups_of(volume) if row["status"] == "available"]
        return self._add(
            "backups",
            volume,
            name,
            host="store-01.demo.example",
            availability_zone=volume["availability_zone"],
            container="volumebackups",
            status="creating",
            service="cinder.backup.drivers.s3.S3BackupDriver",
            size=volume["size"],
            object_count=0,
            parent_id=older[-1]["id"] if older else None,
            num_dependent_backups=0,
            data_timestamp=self.world.now,
        )

    def finish_backup(self, backup: Row) -> None:
        """All objects are written, and the parent knows of one more child."""
        now = self.world.now
        objects = backup["size"] * 20
        self.db["backups"].change(backup, updated_at=now, status="available", object_count=objects)
        parent = self.db["backups"].get(backup["parent_id"])
        if parent is not None and not parent["deleted"]:
            children = parent["num_dependent_backups"] + 1
            self.db["backups"].change(parent, updated_at=now, num_dependent_backups=children)

    def snapshots_of(self, volume: Row) -> list[Row]:
        """Its living snapshots."""
        return [row for row in self.db["snapshots"].where("volume_id", volume["id"]) if not row["deleted"]]

    def backups_of(self, volume: Row) -> list[Row]:
        """Its living backups, oldest first."""
        return [row for row in self.db["backups"].where("volume_id", volume["id"]) if not row["deleted"]]

    def delete(self, table: str, row: Row) -> None:
        """Soft-delete a snapshot or backup, a moment after `deleting` was saved."""
        self.db[table].change(row, updated_at=self.world.now - self.dice.seconds(1, 4))
        self.db[table].change(row, status="deleted", deleted=True, deleted_at=self.world.now)
        del self.alive[table][row["id"]]
        self.world.counts[f"{table} deleted"] += 1

    def _add(self, table: str, volume: Row, name: str, **values: object) -> Row:
        row = self.db[table].insert(
            id=self.dice.uuid(),
            created_at=self.world.now,
            deleted=False,
            volume_id=volume["id"],
            user_id=volume["user_id"],
            project_id=volume["project_id"],
            display_name=name,
            **values,
        )
        self.alive[table][row["id"]] = row
        self.world.counts[f"{table} created"] += 1
        return row
