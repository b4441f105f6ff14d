"""Cinder's notifications: volumes, snapshots, their types and backups.

Traps: there is no deletion date. `launched_at` is made up where cinder has none, so only a creation may tell it. The
audit's `--send_actions` repeats creations and deletions long after, with the time of the action as the audit period
and the volume as it is now: of such a creation nothing but its time is true. A transfer's messages carry the status
from before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from reporting_pollster.domain.notification.action import CREATE, DELETE, EXISTS, UPDATE, Action, read_again, told
from reporting_pollster.domain.notification.column import fitted, identity, is_unset, moment
from reporting_pollster.domain.notification.message import Handler, Hint, Meaning, Notification
from reporting_pollster.domain.notification.payload import parts, renamed

_NAMES = {
    "tenant_id": "project_id",
    "user_id": "created_by",
    "display_name": "name",
    "status": "status",
    "created_at": "created",
}
_VOLUME_NAMES = {
    **_NAMES,
    "volume_id": "id",
    "size": "size",
    "volume_type": "volume_type",
    "availability_zone": "availability_zone",
    "launched_at": "launched",
}
_SNAPSHOT_NAMES = {**_NAMES, "snapshot_id": "id", "volume_id": "volume_id", "volume_size": "size"}

_RENAME = replace(UPDATE, exact=frozenset({"name"}))
_STATUS = Action("state", frozenset({"status"}))
_RESET = {"revert.end": _STATUS, "reset_status.end": _STATUS}
_LIFE = {"create.end": CREATE, "delete.end": DELETE, "update.end": _RENAME, "exists": EXISTS, **_RESET}
_ATTACHING = frozenset({"attached_to", "status"})
_OFFERED = Action("transfer", stale=frozenset({"status"}))

_VOLUME: Mapping[str, Action] = {
    **_LIFE,
    "resize.end": Action("resize", frozenset({"size"})),
    "retype": Action("retype", frozenset({"volume_type"})),
    "attach.end": Action("attach", _ATTACHING),
    "detach.end": Action("detach", _ATTACHING),
    "manage_existing.end": CREATE,
    "unmanage.end": DELETE,
    "transfer.create.end": _OFFERED,
    "transfer.delete.end": _OFFERED,
    "transfer.accept.end": replace(_OFFERED, exact=frozenset({"project_id", "created_by"})),
}
_SNAPSHOT: Mapping[str, Action] = {**_LIFE, "manage_existing_snapshot.end": CREATE}

_TYPE_PARTS = (
    *("volume_type.create", "volume_type.update", "volume_type.delete"),
    *("volume_type_extra_specs.create", "volume_type_extra_specs.update", "volume_type_extra_specs.delete"),
    *("qos_specs.create", "qos_specs.update", "qos_specs.delete", "qos_specs.associate", "qos_specs.disassociate"),
    *("qos_specs.delete_keys", "qos_specs.disassociate_all"),
)

IGNORED = (
    "backup.createprogress",
    "volume_type.access.*",
    "volume_type_project.*",
    "volume_type_encryption.*",
    "group.*",
    "group_type.*",
    "group_type_specs.*",
    "group_snapshot.*",
    "consistencygroup.*",
    "cgsnapshot.*",
    "capacity.*",
    "host.*",
)


def _volume(done: Action) -> Handler:
    def handle(notification: Notification) -> Meaning:
        payload = notification.payload
        attachments = parts(payload, "volume_attachment")
        raw = renamed(payload, _VOLUME_NAMES) | _attached_to(payload, attachments)
        return _meaning("volume", done, raw, notification, _attachment_hints(done, attachments))

    return handle


def _snapshot(done: Action) -> Handler:
    def handle(notification: Notification) -> Meaning:
        raw = renamed(notification.payload, _SNAPSHOT_NAMES)
        return _meaning("snapshot", done, raw, notification)

    return handle


def _meaning(
    resource: str, done: Action, raw: Mapping[str, object], notification: Notification, hints: tuple[Hint, ...] = ()
) -> Meaning:
    repeated = None if done is EXISTS else _audited(notification.payload)
    if done is not CREATE or repeated is not None:
        raw = {name: value for name, value in raw.items() if name != "launched"}
    values = fitted(resource, raw)
    if done is CREATE and repeated is not None:
        values = {"created": repeated} | {name: values[name] for name in ("id", "created") if name in values}
    fact = told(resource, done, values, notification.sent, repeated)
    gone = done is not DELETE and _is_gone(notification.payload)
    return Meaning("applied", () if gone and repeated is None else (fact,), (Hint(resource, fact.id), *hints))


def _audited(payload: Mapping[str, Any]) -> datetime | None:
    """When what an audit repeats really happened."""
    ending = payload.get("audit_period_ending")
    return None if is_unset(ending) else moment("audit_period_ending", ending)


def _is_gone(payload: Mapping[str, Any]) -> bool:
    """An audit tells also of what was there during its period and is no more."""
    return payload.get("status") == "deleted" or payload.get("deleted") in (True, "True", "true")


def _attached_to(payload: Mapping[str, Any], attachments: Any) -> dict[str, object]:
    """Instances only: a volume may be attached to a host instead. Old releases knew one attachment at most."""
    if "volume_attachment" in payload:
        live = (each for each in attachments if each.get("attach_status", "attached") in ("attached", None, ""))
        return {"attached_to": [each["instance_uuid"] for each in live if not is_unset(each.get("instance_uuid"))]}
    if "instance_uuid" in payload:
        return {"attached_to": [] if is_unset(payload["instance_uuid"]) else [payload["instance_uuid"]]}
    return {}


def _attachment_hints(done: Action, attachments: Any) -> tuple[Hint, ...]:
    """The attachments that a message names; one that has ended is in none."""
    if done.event not in ("attach", "detach"):
        return ()
    found = {identity("attachment id", each["id"]) for each in attachments if not is_unset(each.get("id"))}
    return tuple(Hint("volume_attachment", each) for each in sorted(found))


def _backup(notification: Notification) -> Meaning:
    return Meaning("applied", (), (Hint("backup", identity("backup id", notification.payload.get("backup_id"))),))


EVENTS: Mapping[str, Handler] = {
    **{f"volume.{name}": _volume(done) for name, done in _VOLUME.items()},
    **{f"snapshot.{name}": _snapshot(done) for name, done in _SNAPSHOT.items()},
    **{f"backup.{name}": _backup for name in ("create.end", "delete.end", "restore.end", "reset_status.end", "exists")},
    **dict.fromkeys(_TYPE_PARTS, read_again("volume_type")),
}
