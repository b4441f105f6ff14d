"""What happens to instances, however nova words it.

Traps: most of what nova sends is sent when something is over, with the whole instance as it then is; but some of it is
sent before, or by the host that does not know the outcome. Then what is still old must not be told: the flavour while
a resize is prepared, the host at the source of a live migration. An update or `exists` of an instance that is gone is
no sign of life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporting_pollster.domain.notification.column import Unusable, fitted, identity, is_unset
from reporting_pollster.domain.notification.message import Hint, Meaning, Notification, Told

FLAVOUR = frozenset({"flavour", "flavour_uuid", "flavour_name", "vcpus", "memory", "root", "ephemeral"})
_ENDS = frozenset({"terminated", "deleted"})
_GONE = "deleted"  # a vm_state


@dataclass(frozen=True)
class Action:
    """An action by our word, what it changes at its instant, and what its payload may still show as it was."""

    event: str
    exact: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


_STATE = frozenset({"vm_state"})
_PLACED = frozenset({"vm_state", "host"})
_RESIZED = FLAVOUR | _PLACED
_UNSETTLED = FLAVOUR | {"host"}

CREATE = Action("create")
DELETE = Action("delete", frozenset({"deleted"}))
STATE = Action("state", _STATE)
PLACED_STATE = Action("state", _PLACED)
MOVE = Action("move", _PLACED)
LEAVE = Action("move", stale=frozenset({"host"}))
PREPARE = Action("prepare", stale=_UNSETTLED)
RESIZE = Action("resize", _RESIZED)
CONFIRM = Action("confirm", _STATE)
REVERT = Action("revert", _RESIZED)
REBUILD = Action("rebuild", frozenset({"image", "image_meta"}))
UPDATE = Action("update")
EXISTS = Action("exists")
ATTACH = Action("attach")
DETACH = Action("detach")


@dataclass(frozen=True)
class Shown:
    """An instance out of a payload: raw values by column, and what an update says has changed."""

    raw: Mapping[str, object]
    changed: frozenset[str] = frozenset()
    volume_id: object = None


def instance_meaning(notification: Notification, action: Action, shown: Shown) -> Meaning:
    """What an action tells; raises Unusable."""
    values = fitted("instance", shown.raw)
    instance_id = values.pop("id", None)
    if instance_id is None:
        raise Unusable("no instance id")
    ends = {name: values.pop(name) for name in _ENDS & values.keys()}
    hints = (Hint("instance", instance_id), *_volume_hint(shown))
    sent = notification.sent.replace(microsecond=0)
    if action is DELETE:
        return Meaning("applied", (_deleted(instance_id, values, ends, sent),), hints)
    if ends.get("deleted") and values.get("vm_state") == _GONE:
        return Meaning("applied", (), hints)
    told = {name: value for name, value in values.items() if name not in action.stale}
    if action is CREATE:
        at, exact = values.get("created") or sent, frozenset(told)
    else:
        at, exact = sent, (action.exact | shown.changed) & told.keys()
    return Meaning("applied", (Told("instance", instance_id, at, action.event, exact, told),), hints)


def _deleted(instance_id: str, values: dict[str, Any], ends: dict[str, Any], sent: datetime) -> Told:
    """It ends when nova says; without a time of its own, with the termination, else when that was told."""
    at = ends.get("deleted") or ends.get("terminated") or sent
    return Told("instance", instance_id, at, DELETE.event, DELETE.exact, {**values, **ends, "deleted": at})


def _volume_hint(shown: Shown) -> tuple[Hint, ...]:
    if is_unset(shown.volume_id):
        return ()
    return (Hint("volume", identity("volume id", shown.volume_id)),)
