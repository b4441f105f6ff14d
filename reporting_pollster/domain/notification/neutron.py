"""Neutron's notifications: floating IPs, and hints about what else changes rows of ours.

Traps: what was created in bulk comes under the plural. A deletion is sent with the last state, which may be empty, and
without a date. A floating IP loses its port silently when that is deleted, so a port's end is a hint as well. A port
that is created has none yet: there are too many of those to read anything for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reporting_pollster.domain.notification.action import CREATE, DELETE, EXISTS, UPDATE, Action, read_again, told
from reporting_pollster.domain.notification.column import Unusable, fitted, is_unset
from reporting_pollster.domain.notification.message import Handler, Hint, Meaning, Notification
from reporting_pollster.domain.notification.payload import part, parts, renamed

_TABLE = "floating_ip"
_NAMES = {
    "id": "id",
    "project_id": "project_id",
    "floating_ip_address": "address",
    "port_id": "port_id",
    "created_at": "created",
}
_ACTIONS: Mapping[str, Action] = {
    "create.end": CREATE,
    "update.end": replace(UPDATE, exact=frozenset({"port_id"})),
    "delete.end": DELETE,
    "exists": EXISTS,
}

IGNORED = (
    *("port.create.end", "port.exists", "network.exists", "router.create.end", "router.exists", "router.interface.*"),
    *("subnet.*", "subnetpool.*", "security_group.*", "security_group_rule.*", "address_scope.*", "address_group.*"),
    *("rbac_policy.*", "quota.*", "agent.*", "segment.*", "trunk.*", "policy.*", "port_forwarding.*", "qos.*"),
    *("metering_label.*", "metering_label_rule.*", "l3_meter", "dhcp_agent.*", "l3_agent.*", "flavor.*.end"),
)


def _handler(done: Action) -> Handler:
    def handle(notification: Notification) -> Meaning:
        shown = _shown(notification.payload)
        if not shown:
            raise Unusable("no floating ip")
        facts = tuple(told(_TABLE, done, fitted(_TABLE, raw), notification.sent) for raw in shown)
        return Meaning("applied", facts, (Hint(_TABLE, None),))

    return handle


def _shown(payload: Mapping[str, Any]) -> Sequence[dict[str, object]]:
    if "floatingips" in payload:
        return [_raw(each) for each in parts(payload, "floatingips")]
    raw = _raw(part(payload, "floatingip"))
    if is_unset(raw.get("id")) and "floatingip_id" in payload:
        raw["id"] = payload["floatingip_id"]
    return [raw]


def _raw(shown: Mapping[str, Any]) -> dict[str, object]:
    """`tenant_id` is the older word for the project."""
    raw = renamed(shown, _NAMES)
    if is_unset(raw.get("project_id")):
        raw["project_id"] = shown.get("tenant_id")
    return raw


EVENTS: Mapping[str, Handler] = {
    **{f"floatingip.{name}": _handler(done) for name, done in _ACTIONS.items()},
    **{f"network.{name}.end": read_again("network") for name in ("create", "update", "delete")},
    **{f"{kind}.{name}.end": read_again(_TABLE) for kind in ("port", "router") for name in ("update", "delete")},
}
