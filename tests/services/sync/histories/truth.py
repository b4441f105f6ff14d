"""What the reporting tables must say, worked out from the sources by plain SQL: rows by key, their main columns.

Deliberately naive, and without a line of the pollster: every row of the living tables and of the shadow tables.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.openstack import Cloud

Row = dict[str, Any]
Key = tuple[Any, ...]
Rows = dict[Key, Row]

# Times that a query gives but the reporting table has no column for.
_WORKING = ("gone", "gone_at", "hidden", "flavor")


def truth(cloud: Cloud, table: str) -> Rows:
    """Every row of a reporting table that its source still has, shadow tables included."""
    return _TABLES[table](cloud)


def _ended(row: Row) -> Row:
    gone = bool(row["gone"])
    plain = {name: value for name, value in row.items() if name not in _WORKING}
    return {**plain, "active": not gone, "deleted": row["gone_at"] if gone else None}


def _cells(cloud: Cloud) -> Iterator[str]:
    return (name for name in cloud.names if name.startswith("nova_cell"))


_INSTANCES = """
SELECT i.uuid AS id, i.project_id, i.display_name AS name, i.vcpus, i.memory_mb AS memory, i.root_gb AS root,
       i.ephemeral_gb AS ephemeral, i.instance_type_id AS flavour, i.user_id AS created_by, i.created_at AS created,
       i.launched_at AS launched, i.terminated_at AS `terminated`, i.updated_at AS updated, i.vm_state, i.task_state,
       i.power_state, i.image_ref AS image, i.host, i.node AS hypervisor, i.id AS source_id, i.deleted AS gone,
       i.deleted_at AS gone_at, i.hidden, e.flavor
FROM {0}instances i LEFT JOIN {0}instance_extra e ON e.instance_uuid = i.uuid
"""


def _instances(cloud: Cloud) -> Rows:
    found: Rows = {}
    for prefix in ("shadow_", ""):  # what is in the living table counts
        for cell in _cells(cloud):
            for row in cloud.rows(cell, _INSTANCES.format(prefix)):
                if not row["hidden"]:
                    flavour = json.loads(row["flavor"])["cur"]["nova_object.data"] if row["flavor"] else {}
                    found[row["id"],] = {
                        **_ended(row), "cell_name": cell.removeprefix("nova_"),
                        "flavour_uuid": flavour.get("flavorid"), "flavour_name": flavour.get("name"),
                    }  # fmt: skip
    return found


_ACTIONS = """
SELECT id, instance_uuid AS instance_id, action, request_id, start_time AS started, finish_time AS finished, message
FROM {0}instance_actions
"""
_MIGRATIONS = """
SELECT id, uuid, instance_uuid AS instance_id, migration_type AS type, status, source_compute AS source_host,
       dest_compute AS dest_host, old_instance_type_id AS old_flavour, new_instance_type_id AS new_flavour,
       created_at AS created, updated_at AS updated
FROM {0}migrations
"""


def _per_cell(sql: str) -> Callable[[Cloud], Rows]:
    def rows(cloud: Cloud) -> Rows:
        return {
            (row["id"], cell.removeprefix("nova_")): row
            for prefix in ("shadow_", "")
            for cell in _cells(cloud)
            for row in cloud.rows(cell, sql.format(prefix))
        }

    return rows


def _simple(database: str, sql: str, key: tuple[str, ...] = ("id",), *, ended: bool = False) -> Callable[[Cloud], Rows]:
    def rows(cloud: Cloud) -> Rows:
        found = cloud.rows(database, sql)
        return {tuple(row[name] for name in key): _ended(row) if ended else {**row, "active": True} for row in found}

    return rows


_VOLUMES = """
SELECT id, project_id, display_name, size, created_at AS created, volume_type_id AS volume_type, status, attach_status,
       host, launched_at AS launched, terminated_at AS `terminated`, updated_at AS updated,
       COALESCE(migration_status LIKE 'target:%', 0) OR use_quota = 0 AS temporary,
       deleted AS gone, deleted_at AS gone_at
FROM volumes
"""
_ATTACHMENTS = """
SELECT id, volume_id, instance_uuid AS instance_id, attach_status AS status, attach_time AS attached,
       detach_time AS detached, created_at AS created, updated_at AS updated, deleted AS gone, deleted_at AS gone_at
FROM volume_attachment
"""
_SNAPSHOTS = """
SELECT id, volume_id, project_id, volume_size AS size, status, created_at AS created, updated_at AS updated,
       deleted AS gone, deleted_at AS gone_at FROM snapshots
"""
_BACKUPS = """
SELECT id, volume_id, project_id, size, status, created_at AS created, updated_at AS updated, deleted AS gone,
       deleted_at AS gone_at FROM backups
"""
_TYPES = "SELECT id, name, description, is_public AS public, deleted AS gone, deleted_at AS gone_at FROM volume_types"
_IMAGES = """
SELECT id, owner AS project_id, name, size, status, visibility, visibility = 'public' AS public, protected, checksum,
       created_at AS created, updated_at AS updated, deleted AS gone, deleted_at AS gone_at FROM images
"""
_FLAVOURS = """
SELECT id, flavorid AS uuid, name, vcpus, memory_mb AS memory, root_gb AS root, is_public AS public,
       created_at AS created FROM flavors
"""
_PROJECTS = """
SELECT p.id, p.name AS display_name, p.domain_id, p.enabled AND d.enabled AS enabled FROM project p
JOIN project d ON d.id = p.domain_id WHERE p.is_domain = 0
"""
_USERS = """
SELECT u.id, l.name, u.enabled, u.domain_id, u.created_at AS created FROM user u JOIN local_user l ON l.user_id = u.id
"""
_MEMBERS = "SELECT group_id, user_id FROM user_group_membership"
_ROLES = """
SELECT r.name AS role, a.actor_id AS user, a.target_id AS project FROM assignment a JOIN role r ON r.id = a.role_id
WHERE a.type = 'UserProject' UNION
SELECT r.name, m.user_id, a.target_id FROM assignment a JOIN role r ON r.id = a.role_id
JOIN user_group_membership m ON m.group_id = a.actor_id WHERE a.type = 'GroupProject'
"""

_TABLES: Mapping[str, Callable[[Cloud], Rows]] = {
    "instance": _instances,
    "instance_action": _per_cell(_ACTIONS),
    "migration": _per_cell(_MIGRATIONS),
    "flavour": _simple("nova_api", _FLAVOURS),
    "volume": _simple("cinder", _VOLUMES, ended=True),
    "volume_attachment": _simple("cinder", _ATTACHMENTS, ended=True),
    "snapshot": _simple("cinder", _SNAPSHOTS, ended=True),
    "backup": _simple("cinder", _BACKUPS, ended=True),
    "volume_type": _simple("cinder", _TYPES, ended=True),
    "image": _simple("glance", _IMAGES, ended=True),
    "project": _simple("keystone", _PROJECTS),
    "user": _simple("keystone", _USERS),
    "user_group": _simple("keystone", "SELECT id, name, domain_id FROM `group`"),
    "group_member": _simple("keystone", _MEMBERS, ("group_id", "user_id")),
    "role": _simple("keystone", _ROLES, ("role", "user", "project")),
}

KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_TABLES, ("id",)),
    "instance_action": ("id", "cell_name"),
    "migration": ("id", "cell_name"),
    "group_member": ("group_id", "user_id"),
    "role": ("role", "user", "project"),
}


def has_instances(cloud: Cloud) -> set[Any]:
    """Projects with a living instance."""
    sql = "SELECT DISTINCT project_id FROM instances WHERE deleted = 0 AND hidden = 0"
    return {row["project_id"] for cell in _cells(cloud) for row in cloud.rows(cell, sql)}


def attached(cloud: Cloud) -> dict[Any, Any]:
    """Volumes with a live attachment, and the instance of the first."""
    sql = (
        "SELECT a.volume_id, a.instance_uuid FROM volume_attachment a JOIN volumes v ON v.id = a.volume_id"
        " WHERE a.deleted = 0 AND v.deleted = 0 AND a.attach_status = 'attached' ORDER BY a.attach_time DESC, a.id DESC"
    )
    return {row["volume_id"]: row["instance_uuid"] for row in cloud.rows("cinder", sql)}


def as_told(value: Any) -> Any:
    """A value in the form that both sides share."""
    return (
        int(value)
        if isinstance(value, bool)
        else value.replace(microsecond=0)
        if isinstance(value, datetime)
        else value
    )
