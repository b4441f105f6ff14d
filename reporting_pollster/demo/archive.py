"""`nova-manage db archive_deleted_rows`, as it looks to a reader: rows move to their shadow tables and keep everything.

With an instance go its children and its actions, which are never deleted themselves, and its traces in nova_api.
"""

from __future__ import annotations

from datetime import datetime

from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.guest import CHILDREN
from reporting_pollster.demo.table import Database, Row, stored

API = ("instance_mappings", "request_specs", "instance_group_member")


def archive(cloud: Cloud, before: datetime) -> int:
    """Move what was deleted before an instant, in all cells; returns how many instances went."""
    moved = 0
    for cell in cloud.world.cells.values():
        for row in cell["instances"]:
            if row["deleted"] and row["deleted_at"] < stored(before):
                _archive(cell, row)
                _forget(cloud, row["uuid"])
                moved += 1
    cloud.world.counts["instances archived"] += moved
    return moved


def _archive(cell: Database, instance: Row) -> None:
    uuid = instance["uuid"]
    for action in cell["instance_actions"].where("instance_uuid", uuid):
        for event in cell["instance_actions_events"].where("action_id", action["id"]):
            _move(cell, "instance_actions_events", event)
        _move(cell, "instance_actions", action)
    for table in CHILDREN:
        for row in cell[table].where("instance_uuid", uuid):
            _move(cell, table, row)
    for row in cell["instance_id_mappings"].where("uuid", uuid):
        _move(cell, "instance_id_mappings", row)
    _move(cell, "instances", instance)


def _move(cell: Database, table: str, row: Row) -> None:
    cell[table].remove(row)
    shadow = cell[f"shadow_{table}"]
    shadow.insert(**{name: row[name] for name in shadow.columns})


def _forget(cloud: Cloud, uuid: str) -> None:
    api = cloud.world["nova_api"]
    for table in API:
        for row in api[table].where("instance_uuid", uuid):
            api[table].remove(row)
