"""What happens to instances, however nova words it.

Traps: most of what nova sends is sent when something is over, with the whole instance as it then is; but some of it is
sent before, or by the host that does not know the outcome. Then what is still old must not be told: the flavour while
a resize is prepared, the host at the source of a live migration. An update or `exists` of an instance that is gone is
no sign of life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reporting_pollster.domain.notification.action import CREATE, DELETE, EXISTS, UPDATE, Action, told
from reporting_pollster.domain.notification.column import fitted, identity, is_unset
from reporting_pollster.domain.notification.message import Hint, Meaning, Notification

_FLAVOUR = frozenset({"flavour", "flavour_uuid", "flavour_name", "vcpus", "memory", "root", "ephemeral"})
_STATE = frozenset({"vm_state"})
_PLACED = frozenset({"vm_state", "host"})
_ENDS = ("deleted", "terminated")

STATE = Action("state", _STATE)
PLACED_STATE = Action("state", _PLACED)
MOVE = Action("move", _PLACED)
LEAVE = Action("move", stale=_PLACED)
PREPARE = Action("prepare", stale=_FLAVOUR | _PLACED)
RESIZE = Action("resize", _FLAVOUR | _PLACED)
CONFIRM = Action("confirm", _STATE)
REVERT = Action("revert", _FLAVOUR | _PLACED)
REBUILD = Action("rebuild", frozenset({"image", "image_meta"}))
ATTACH = Action("attach")
DETACH = Action("detach")

# What both formats call the same; the rest is in their modules.
ACTIONS: Mapping[str, Action] = {
    "create.end": CREATE,
    "delete.end": DELETE,
    "exists": EXISTS,
    "update": UPDATE,
    "resize.end": PREPARE,
    "rebuild.end": REBUILD,
    "shelve_offload.end": PLACED_STATE,
    "unshelve.end": PLACED_STATE,
    "evacuate": MOVE,
    "evacuate.end": MOVE,
    **dict.fromkeys(
        (
            *("soft_delete.end", "restore.end", "power_off.end", "power_on.end", "reboot.end", "shelve.end"),
            *("pause.end", "unpause.end", "suspend.end", "resume.end", "rescue.end", "unrescue.end"),
        ),
        STATE,
    ),
}


@dataclass(frozen=True)
class Shown:
    """An instance out of a payload: raw values by column, and what an update says has changed."""

    raw: Mapping[str, object]
    changed: frozenset[str] = frozenset()
    volume_id: object = None


def instance_meaning(notification: Notification, done: Action, shown: Shown) -> Meaning:
    """What an action tells; raises Unusable."""
    values = fitted("instance", shown.raw)
    deleted, terminated = (values.pop(name, None) for name in _ENDS)
    if done is DELETE and terminated is not None:
        values["terminated"] = terminated
    if done is UPDATE:
        done = replace(done, exact=shown.changed)
    fact = told("instance", done, values, notification.sent, deleted or terminated)
    gone = fact.event != DELETE.event and deleted is not None and values.get("vm_state") == "deleted"
    return Meaning("applied", () if gone else (fact,), (Hint("instance", fact.id), *_volume_hint(shown)))


def has_changed(old: object, new: object) -> bool:
    """An update names what was before, where it was another; nothing else is compared, however deep it may be."""
    return isinstance(old, str) and isinstance(new, str) and old not in ("", new)


def _volume_hint(shown: Shown) -> tuple[Hint, ...]:
    return () if is_unset(shown.volume_id) else (Hint("volume", identity("volume id", shown.volume_id)),)
