"""Bodies of messages as OpenStack's services put them on the wire, for a simulated cloud."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from tests.oracle.server import SIZE

# What nova's versioned format calls what the legacy one has other words for.
_VERSIONED = {
    "finish_resize.end": "resize_finish.end",
    "resize.prep.end": "resize_prep.end",
    "resize.confirm.end": "resize_confirm.end",
    "resize.revert.end": "resize_revert.end",
    "live_migration.post.dest.end": "live_migration_post_dest.end",
    "live_migration._post.end": "live_migration_post.end",
}


def body(event_type: str, sent: datetime, payload: Any, *, publisher: str, again: int = 0) -> bytes:
    """A message; its id follows from what it says, so that a simulation gives the same ones again."""
    text = json.dumps([event_type, str(sent), publisher, payload, again], sort_keys=True)
    inner = {
        "message_id": str(uuid5(NAMESPACE_OID, text)), "publisher_id": publisher, "event_type": event_type,
        "priority": "INFO", "timestamp": f"{sent:%Y-%m-%d %H:%M:%S.%f}", "payload": payload,
    }  # fmt: skip
    return json.dumps({"oslo.version": "2.0", "oslo.message": json.dumps(inner)}).encode()


def legacy(event: str, sent: datetime, row: Mapping[str, Any], **more: Any) -> bytes:
    """Nova's old format, of an instance whose row is like this."""
    size = SIZE[row["instance_type_id"]]
    payload = {
        "tenant_id": row["project_id"], "user_id": row["user_id"], "instance_id": row["uuid"],
        "display_name": row.get("display_name") or "vm", "hostname": "vm", "instance_type": size.name,
        "instance_type_id": size.id, "instance_flavor_id": size.flavorid, "memory_mb": size.memory_mb,
        "vcpus": size.vcpus, "disk_gb": size.root_gb + size.ephemeral_gb, "root_gb": size.root_gb,
        "ephemeral_gb": size.ephemeral_gb, "host": row["host"], "node": row["node"],
        "availability_zone": row["availability_zone"], "created_at": f"{row['created_at']}+00:00",
        "launched_at": _iso(row["launched_at"]), "terminated_at": _iso(row["terminated_at"]),
        "deleted_at": _iso(row["deleted_at"]), "image_ref_url": "http://images/images/33aa",
        "state": row["vm_state"], "state_description": row["task_state"] or "", "image_meta": {}, "metadata": {},
    }  # fmt: skip
    return body(f"compute.instance.{event}", sent, {**payload, **more}, publisher=f"compute.{row['host']}")


def versioned(event: str, sent: datetime, row: Mapping[str, Any], **more: Any) -> bytes:
    """Nova's new format."""
    size = SIZE[row["instance_type_id"]]
    flavour = {
        "flavorid": size.flavorid, "name": size.name, "vcpus": size.vcpus, "memory_mb": size.memory_mb,
        "root_gb": size.root_gb, "ephemeral_gb": size.ephemeral_gb, "swap": 0, "is_public": True, "extra_specs": {},
    }  # fmt: skip
    data = {
        "uuid": row["uuid"], "tenant_id": row["project_id"], "user_id": row["user_id"],
        "display_name": row.get("display_name") or "vm", "host_name": "vm", "host": row["host"], "node": row["node"],
        "availability_zone": row["availability_zone"], "state": row["vm_state"], "task_state": row["task_state"],
        "image_uuid": "33aa", "metadata": {}, "flavor": _wrapped("FlavorPayload", flavour),
        **{name: _zulu(row[name]) for name in ("created_at", "launched_at", "terminated_at", "deleted_at")},
    }  # fmt: skip
    if "old_state" in more:
        states = {"old_state": more.pop("old_state"), "state": row["vm_state"]}
        more["state_update"] = _wrapped("InstanceStateUpdatePayload", states)
    name = _VERSIONED.get(event, event)
    if name in {"volume.attach", "volume.detach"}:
        name = f"{name.replace('.', '_')}.end"
    payload = _wrapped("InstanceActionPayload", {**data, **more})
    return body(f"instance.{name}", sent, payload, publisher=f"nova-compute:{row['host']}")


def _wrapped(name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "nova_object.name": name, "nova_object.namespace": "nova", "nova_object.version": "1.0",
        "nova_object.data": dict(data),
    }  # fmt: skip


def _iso(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%S}.000000"


def _zulu(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
