"""The facts of one instance as they are known after reading its rows at some instants.

A reading is what a cycle of the pollster leaves in the reporting database: the current row and its earlier versions,
the actions and migrations with what was last read of them, and between which instants a row vanished.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from reporting_pollster.domain.timeline.fact import Action, Flavour, InstanceFacts, InstanceVersion, Migration
from reporting_pollster.domain.timeline.instance import RELEVANT_ACTIONS
from tests.oracle.journal import Journal, Key, Row, at
from tests.oracle.server import SIZE, Size

FLAVOURS = {size.id: Flavour(size.id, size.flavorid, size.name, *size[3:]) for size in SIZE.values()}
_UNNOTICED = {"updated", "known_from"}  # a change of these makes no new version


class Reader:
    """Reads the rows of an instance, or of none yet."""

    def __init__(self, uuid: str) -> None:
        self._uuid = uuid
        self.versions: list[InstanceVersion] = []
        self._actions: dict[Key, Action] = {}
        self._migrations: dict[Key, Migration] = {}
        self._read_before: datetime | None = None

    def read(self, now: datetime, rows: dict[Key, Row]) -> None:
        """Take what the tables say now."""
        mine = [(key, row) for key, row in rows.items() if self._uuid in (row.get("uuid"), row.get("instance_uuid"))]
        self._read_instance(now, mine)
        for key, row in mine:
            if key[1] == "instance_actions" and row["action"] in RELEVANT_ACTIONS:
                self._actions[key] = _action(row)
            elif key[1] == "migrations":
                self._migrations[key] = _migration(row)
        self._read_before = now

    def facts(self) -> InstanceFacts:
        return InstanceFacts(
            tuple(self.versions), tuple(self._actions.values()), tuple(self._migrations.values()), FLAVOURS
        )

    def _read_instance(self, now: datetime, mine: Iterable[tuple[Key, Row]]) -> None:
        flavour = {key[0]: row["flavor"] for key, row in mine if key[1] == "instance_extra"}
        visible = [(key, row) for key, row in mine if key[1] == "instances" and not row["hidden"]]
        if visible:
            ((key, row),) = visible
            self._put(_version(now, row, flavour[key[0]]))
        elif self.versions and self.versions[-1].active:
            last = self.versions[-1]
            after = max(self._read_before or last.known_from, last.known_from)
            gone = {"vanished_after": after, "vanished_before": now, "deleted": last.deleted or now}
            self.versions.append(last._replace(known_from=now, active=False, **gone))

    def _put(self, read: InstanceVersion) -> None:
        if self.versions and _noticed(self.versions[-1]) == _noticed(read):
            self.versions[-1] = self.versions[-1]._replace(updated=read.updated)
        else:
            self.versions.append(read)


def facts_read_at(journal: Journal, uuid: str, seconds: Sequence[int]) -> InstanceFacts:
    """What is known after readings at the end of each of these seconds."""
    reader = Reader(uuid)
    for second, rows in journal.rows(list(seconds)):
        reader.read(at(second), rows)
    return reader.facts()


def _version(now: datetime, row: Row, flavour: str) -> InstanceVersion:
    size, gone = _size(flavour), row["deleted"] != 0
    return InstanceVersion(
        known_from=now,
        project_id=row["project_id"],
        created_by=row["user_id"],
        flavour=Flavour(
            row["instance_type_id"], size.flavorid, size.name, row["vcpus"], row["memory_mb"], row["root_gb"],
            row["ephemeral_gb"],
        ),
        vm_state=row["vm_state"],
        host=row["host"],
        availability_zone=row["availability_zone"],
        created=row["created_at"],
        launched=row["launched_at"],
        terminated=row["terminated_at"],
        deleted=(row["deleted_at"] or row["terminated_at"] or row["updated_at"]) if gone else None,
        updated=row["updated_at"],
        active=not gone,
    )  # fmt: skip


@cache
def _size(text: str) -> Size:
    return Size(**json.loads(text)["cur"]["nova_object.data"])


def _action(row: Row) -> Action:
    return Action(
        row["action"], row["start_time"], row["finish_time"], bool(row["message"]), row["request_id"], row["updated_at"]
    )


def _migration(row: Row) -> Migration:
    return Migration(
        row["id"], row["uuid"], row["migration_type"], row["status"], row["old_instance_type_id"],
        row["new_instance_type_id"], row["source_compute"], row["dest_compute"], row["created_at"], row["updated_at"],
    )  # fmt: skip


def _noticed(version: InstanceVersion) -> dict[str, Any]:
    return {name: value for name, value in version._asdict().items() if name not in _UNNOTICED}
