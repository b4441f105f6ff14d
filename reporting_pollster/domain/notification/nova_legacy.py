"""Nova's notifications in the legacy, unversioned format.

Traps: unset is an empty text; the image is the end of an address; old releases leave phases out (`suspend`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reporting_pollster.domain.notification import instance
from reporting_pollster.domain.notification.action import Action, read_again
from reporting_pollster.domain.notification.column import Unusable, is_unset
from reporting_pollster.domain.notification.instance import Shown, has_changed, instance_meaning
from reporting_pollster.domain.notification.message import Handler, Meaning, Notification
from reporting_pollster.domain.notification.payload import renamed

_NAMES = {
    "instance_id": "id",
    "tenant_id": "project_id",
    "user_id": "created_by",
    "display_name": "name",
    "instance_type_id": "flavour",
    "instance_flavor_id": "flavour_uuid",
    "instance_type": "flavour_name",
    "vcpus": "vcpus",
    "memory_mb": "memory",
    "root_gb": "root",
    "ephemeral_gb": "ephemeral",
    "state": "vm_state",
    "host": "host",
    "availability_zone": "availability_zone",
    "image_meta": "image_meta",
    "metadata": "metadata",
    "created_at": "created",
    "launched_at": "launched",
    "terminated_at": "terminated",
    "deleted_at": "deleted",
}

_ACTIONS: Mapping[str, Action] = {
    **instance.ACTIONS,
    "finish_resize.end": instance.RESIZE,
    "resize.prep.end": instance.PREPARE,
    "resize.confirm.end": instance.CONFIRM,
    "resize.revert.end": instance.REVERT,
    "live_migration.post.dest.end": instance.MOVE,
    "live_migration._post.end": instance.LEAVE,
    "volume.attach": instance.ATTACH,
    "volume.detach": instance.DETACH,
    "suspend": instance.STATE,
    "resume": instance.STATE,
}

_AGGREGATE = (
    *("create.end", "delete.end", "addhost.end", "removehost.end", "updateprop.end", "updatemetadata.end"),
    *("cache_images.end",),
)

IGNORED = (
    "compute.instance.shutdown.end",
    "compute.instance.snapshot.end",
    "compute.instance.create_ip.end",
    "compute.instance.delete_ip.end",
    "compute.instance.finish_revert.end",
    "compute.instance.live_migration.*",
    "compute.instance.exists.*",
    "compute.instance.lock",
    "compute.instance.unlock",
    "compute.instance.trigger_crash_dump.*",
    "compute.instance.interface_attach.*",
    "compute.instance.interface_detach.*",
    "compute.metrics.update",
    "compute_task.*",
    "scheduler.*",
    "servergroup.*",
    "keypair.*",
    "libvirt.*",
)


def _handler(done: Action) -> Handler:
    def handle(notification: Notification) -> Meaning:
        payload = notification.payload
        return instance_meaning(notification, done, Shown(_raw(payload), _changed(payload), payload.get("volume_id")))

    return handle


def _raw(payload: Mapping[str, Any]) -> dict[str, object]:
    raw = renamed(payload, _NAMES)
    if "image_ref_url" in payload:
        raw["image"] = _image(payload["image_ref_url"])
    return raw


def _image(url: object) -> object:
    if is_unset(url):
        return None
    if not isinstance(url, str):
        raise Unusable("image_ref_url is not text")
    return url.rpartition("/")[2]


def _changed(payload: Mapping[str, Any]) -> frozenset[str]:
    changed = set()
    if not is_unset(payload.get("old_display_name")):
        changed.add("name")
    if has_changed(payload.get("old_state"), payload.get("state")):
        changed.add("vm_state")
    return frozenset(changed)


EVENTS: Mapping[str, Handler] = {
    **{f"compute.instance.{name}": _handler(done) for name, done in _ACTIONS.items()},
    **{f"aggregate.{name}": read_again("aggregate", "aggregate_host") for name in _AGGREGATE},
}
