"""Nova's notifications in the versioned format.

Traps: every object is wrapped in another; there is no number of the flavour and nothing of the image but its id. The
legacy form of the same action may come as well, under another id: both must tell the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reporting_pollster.domain.notification import instance
from reporting_pollster.domain.notification.action import Action, read_again
from reporting_pollster.domain.notification.column import is_unset
from reporting_pollster.domain.notification.instance import Shown, has_changed, instance_meaning
from reporting_pollster.domain.notification.message import Handler, Meaning, Notification
from reporting_pollster.domain.notification.payload import part, renamed

_DATA = "nova_object.data"
_NAMES = {
    "uuid": "id",
    "tenant_id": "project_id",
    "user_id": "created_by",
    "display_name": "name",
    "state": "vm_state",
    "host": "host",
    "availability_zone": "availability_zone",
    "image_uuid": "image",
    "metadata": "metadata",
    "created_at": "created",
    "launched_at": "launched",
    "terminated_at": "terminated",
    "deleted_at": "deleted",
}
_FLAVOUR_NAMES = {
    "flavorid": "flavour_uuid",
    "name": "flavour_name",
    "vcpus": "vcpus",
    "memory_mb": "memory",
    "root_gb": "root",
    "ephemeral_gb": "ephemeral",
}

_ACTIONS: Mapping[str, Action] = {
    **instance.ACTIONS,
    "resize_finish.end": instance.RESIZE,
    "resize_prep.end": instance.PREPARE,
    "resize_confirm.end": instance.CONFIRM,
    "resize_revert.end": instance.REVERT,
    "live_migration_post_dest.end": instance.MOVE,
    "live_migration_post.end": instance.LEAVE,
    "volume_attach.end": instance.ATTACH,
    "volume_detach.end": instance.DETACH,
}

_AGGREGATE = (
    *("create.end", "delete.end", "add_host.end", "remove_host.end", "update_prop.end", "update_metadata.end"),
    *("cache_images.end",),
)

IGNORED = (
    "instance.shutdown.end",
    "instance.snapshot.end",
    "instance.lock",
    "instance.unlock",
    "instance.trigger_crash_dump.*",
    "instance.interface_attach.*",
    "instance.interface_detach.*",
    "instance.live_migration_*",
    "instance.volume_swap.*",
    "instance.share_*",
    "aggregate.cache_images.progress",
    "compute.exception",
    "compute_task.*",
    "metrics.update",
    "server_group.*",
)


def _handler(done: Action) -> Handler:
    def handle(notification: Notification) -> Meaning:
        data = part(notification.payload, _DATA)
        return instance_meaning(notification, done, _shown(data))

    return handle


def _shown(data: Mapping[str, Any]) -> Shown:
    raw = renamed(data, _NAMES) | renamed(part(part(data, "flavor"), _DATA), _FLAVOUR_NAMES)
    changed = set() if is_unset(data.get("old_display_name")) else {"name"}
    update = part(part(data, "state_update"), _DATA)
    if not is_unset(update.get("state")):
        raw["vm_state"] = update["state"]
    if has_changed(update.get("old_state"), raw.get("vm_state")):
        changed.add("vm_state")
    return Shown(raw, frozenset(changed), data.get("volume_id"))


EVENTS: Mapping[str, Handler] = {
    **{f"instance.{name}": _handler(done) for name, done in _ACTIONS.items()},
    **{f"aggregate.{name}": read_again("aggregate", "aggregate_host") for name in _AGGREGATE},
    **{f"flavor.{name}": read_again("flavour") for name in ("create", "update", "delete")},
    **{f"service.{name}": read_again("service") for name in ("create", "update", "delete")},
}
