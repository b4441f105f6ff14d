"""Devices: instances, volumes, networks. They are made at `/nodes`, and all else is at `/devices`."""

from __future__ import annotations

import re
from typing import Any

from tests.concertim.answer import broken, invalid_device, invalid_node, not_found
from tests.concertim.installation import TYPES, Device, Installation, Rack, Template
from tests.concertim.request import Request, amount, blank, too_long, whole

_RUNNING = ("IN_PROGRESS", "FAILED", "ACTIVE", "STOPPED", "SUSPENDED")
STATUSES = {
    "Instance": _RUNNING,
    "Volume": ("IN_PROGRESS", "FAILED", "ACTIVE", "AVAILABLE"),
    "Network": ("IN_PROGRESS", "FAILED", "ACTIVE", "STOPPED"),
}
_FLAT = ("public_ips", "private_ips", "ssh_key", "login_user", "volume_details")
DETAILS = {
    "Instance": _FLAT,
    "Volume": ("availability_zone", "bootable", "encrypted", "read_only", "size", "volume_type"),
    "Network": ("admin_state_up", "dns_domain", "l2_adjacency", "mtu", "port_security_enabled", "shared", "qos_policy"),
}
_TAGS = {"Instance": None, "Volume": "volume", "Network": "network"}
_PLAIN = ("name", "description", "status", "cost", "metadata")
Problems = dict[str, list[str]]


def shown(there: Installation, device: Device, *, in_list: bool = False) -> dict[str, Any]:
    """Return a device as it is answered."""
    location = {
        "rack_id": device.rack_id,
        "start_u": device.start_u,
        "end_u": there.end(device),
        "facing": device.facing,
        "depth": 2,
        "type": "rack",
    }
    named = ("id", "name", "description", "metadata", "status")
    values = {name: getattr(device, name) for name in named} | {"cost": f"{device.cost:.2f}", "location": location}
    if there.profile != "P2":
        values["type"] = device.type if there.profile == "P4" else TYPES[device.type]
    empty = dict.fromkeys(DETAILS[device.type])
    template: dict[str, Any] = {"template_id": device.template_id}
    if not in_list:
        template = {"template": dict(vars(there.templates[device.template_id]))}
    return {**values, **empty, **device.details, **template}


def listed(there: Installation, request: Request) -> Any:
    """GET /devices"""
    return [shown(there, device, in_list=True) for device in there.devices.values()]


def one(there: Installation, request: Request) -> Any:
    """GET /devices/:id"""
    return shown(there, _found(there, request))


def create(there: Installation, request: Request) -> Any:
    """POST /nodes"""
    template = there.templates.get(str(request.document().get("template_id")))
    values = request.wrapped("device", *_PLAIN, *_newer(there), *_FLAT, "location")
    if template is None:
        raise not_found()
    location = values.get("location") or {}
    rack = there.racks.get(str(location.get("rack_id")))
    if rack is None:
        raise broken("NoMethodError", "undefined method `u_height' for nil")
    kind = _kind(there, values)
    details = _details(there, values, kind)
    if problems := _slot_problems(there, rack, template, location.get("start_u"), location.get("facing", "f"), None):
        raise invalid_node(problems)  # the slot comes first: a repeated request is told of it, not of the name
    values.setdefault("metadata", {})
    problems = _problems(there, values, kind, rack, None)
    if there.has_teams and template.tag != _TAGS[kind]:
        problems["template"] = ["is not valid for this type of device"]
    if problems:
        raise invalid_node(problems)
    made = there.device(
        rack,
        template,
        values["name"],
        whole(location["start_u"]) or 0,
        type=kind,
        status=values["status"],
        facing=location.get("facing", "f"),
        description=values.get("description"),
        metadata=values["metadata"],
        cost=amount(values.get("cost", 0)) or 0,
        details=details,
    )
    return shown(there, made)


def change(there: Installation, request: Request) -> Any:
    """PATCH /devices/:id: not one transaction, so what was fine before the location is kept."""
    device = _found(there, request)
    values = request.wrapped("device", *_PLAIN, *_newer(there), *_FLAT, "location")
    sent = values.get("details") if there.has_teams else None
    if isinstance(sent, dict) and sent.get("type", TYPES[device.type]) != TYPES[device.type]:
        raise invalid_device({"details_type": ["cannot be changed"]})
    details = _details(
        there, {**values, "details": {**sent, "type": TYPES[device.type]}} if sent else values, device.type
    )
    rack = there.racks[device.rack_id]
    plain = {name: values[name] for name in _PLAIN if name in values}
    known = {name: getattr(device, name) for name in _PLAIN}
    if problems := _problems(there, {**known, **plain}, device.type, rack, device):
        raise invalid_device(problems)
    for name, value in plain.items():
        setattr(device, name, amount(value) if name == "cost" else value)
    device.details |= details
    if "location" in values:
        _relocate(there, device, rack, values["location"] or {})
    return shown(there, device)


def delete(there: Installation, request: Request) -> Any:
    """DELETE /devices/:id"""
    del there.devices[_found(there, request).id]
    return {}


def _relocate(there: Installation, device: Device, rack: Rack, location: dict[str, Any]) -> None:
    start, facing = location.get("start_u"), location.get("facing")
    template = there.templates[device.template_id]
    if problems := _slot_problems(there, rack, template, start, facing, device):
        raise invalid_device(problems)
    device.start_u, device.facing = whole(start) or 0, str(facing)


def _newer(there: Installation) -> tuple[str, ...]:
    """Keys that an app knows only since P3, or P4."""
    return {"P2": (), "P3": ("details",), "P4": ("type", "details")}[there.profile]


def _found(there: Installation, request: Request) -> Device:
    if request.ids[0] not in there.devices:
        raise not_found()
    return there.devices[request.ids[0]]


def _kind(there: Installation, values: dict[str, Any]) -> str:
    classes = {name: kind for kind, name in TYPES.items()}
    details = values.get("details") or {}
    if details and details.get("type") not in classes:
        raise broken("NameError", "uninitialized constant of the details' type")
    of_details = classes.get(str(details.get("type")), "Instance")
    if there.profile != "P4":
        return of_details
    kind = values.get("type")
    if blank(kind):
        raise invalid_node({"type": ["can't be blank"]})
    if kind not in TYPES:
        raise broken("ActiveRecord::SubclassNotFound", f"Invalid single-table inheritance type: {kind}")
    if kind != of_details:
        raise invalid_node({"details_type": ["does not fit the device's type"]})
    return str(kind)


def _details(there: Installation, values: dict[str, Any], kind: str) -> dict[str, Any]:
    details = dict(values.get("details") or {})
    details.pop("type", None)
    if not details and kind == "Instance":
        details = {name: values[name] for name in _FLAT if name in values}
    if unknown := set(details) - set(DETAILS[kind]):
        raise broken("ActiveModel::UnknownAttributeError", f"unknown attribute {min(unknown)}")
    if "volume_details" in details and details["volume_details"] is None:
        raise broken("ActiveRecord::NotNullViolation", "null value in column volume_details")
    return details


def _slot_problems(
    there: Installation, rack: Rack, template: Template, start: Any, facing: Any, itself: Device | None
) -> Problems:
    """The whole span is looked at, where the app looks at its lowest unit only."""
    first = whole(start)
    if facing not in ("f", "b"):
        return {"facing": ["is not included in the list"]}
    if first is None or not 1 <= first <= rack.u_height:
        return {"start_u": ["is invalid"]}
    last = first + template.height - 1
    if last > rack.u_height:
        return {"end_u": ["is invalid"]}
    others = (device for device in there.devices_of(rack.id) if device is not itself)
    if any(device.start_u <= last and there.end(device) >= first for device in others):
        return {"start_u": ["is occupied"]}
    return {}


def _problems(there: Installation, values: dict[str, Any], kind: str, rack: Rack, itself: Device | None) -> Problems:
    problems: Problems = {}
    if too_long(values.get("description")):
        raise broken("ActiveRecord::ValueTooLong", "value too long for type character varying(255)")
    name = values.get("name")
    allowed = r"[A-Za-z0-9-]*" if there.profile == "P2" else r"[A-Za-z0-9.-]*"
    if blank(name):
        problems["name"] = ["blank"]
    elif too_long(name, 150):
        problems["name"] = ["too_long"]
    elif not re.fullmatch(allowed, str(name), re.ASCII):
        problems["name"] = ["can contain only alphanumeric characters, dots and hyphens."]
    elif any(device.name == name for device in there.devices_of(rack.id) if device is not itself):
        problems["name"] = ["taken"]
    statuses = STATUSES[kind] if there.profile == "P4" else _RUNNING
    if values.get("status") not in statuses:
        problems["status"] = ["inclusion"]
    cost = amount(values.get("cost", 0))
    if cost is None or cost < 0:
        problems["cost"] = ["must be greater than or equal to 0"]
    if not isinstance(values.get("metadata"), dict):
        problems["metadata"] = ["Must be an object"]
    return problems
