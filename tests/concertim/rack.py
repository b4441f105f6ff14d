"""Racks. A number of the order is needed and unique over all of them, a name within its team."""

from __future__ import annotations

import re
from typing import Any

from tests.concertim import device as devices
from tests.concertim.answer import broken, invalid, not_found, unprocessable
from tests.concertim.installation import Installation, Rack
from tests.concertim.people import team_shown, user_shown
from tests.concertim.request import Request, amount, blank, too_long, whole

STATUSES = ("IN_PROGRESS", "FAILED", "ACTIVE", "STOPPED")
_CHANGEABLE = ("name", "order_id", "status", "u_height", "cost", "metadata", "network_details", "creation_output")
_DOCUMENTS = ("metadata", "network_details")
HIGHEST = 72


def shown(there: Installation, rack: Rack) -> dict[str, Any]:
    """Return a rack as it is answered."""
    values = {**vars(rack), "cost": f"{rack.cost:.2f}"}
    owner_id = values.pop("owner_id")
    if there.has_teams:
        return {**values, "owner": team_shown(there.teams[owner_id])}
    return {**values, "owner": user_shown(there, there.users[owner_id])}


def listed(there: Installation, request: Request) -> Any:
    """GET /racks"""
    return [shown(there, rack) for rack in there.racks.values()]


def one(there: Installation, request: Request) -> Any:
    """GET /racks/:id"""
    rack = _found(there, request)
    return {**shown(there, rack), "devices": [devices.shown(there, each) for each in there.devices_of(rack.id)]}


def create(there: Installation, request: Request) -> Any:
    """POST /racks"""
    owner = "team_id" if there.has_teams else "user_id"
    values = request.wrapped("rack", *_CHANGEABLE, owner, "description")
    _check_columns(values)
    owners = there.teams if there.has_teams else there.users
    problems: dict[str, list[str]] = {}
    owner_id = str(values.pop(owner, ""))
    if owner_id not in owners:
        problems[owner.removesuffix("_id")] = ["must exist"]
    own = [rack for rack in there.racks.values() if rack.owner_id == owner_id]
    values.setdefault("u_height", own[-1].u_height if own else 42)
    values.setdefault("name", f"Rack-{len(there.racks) + 1}")
    problems |= _problems(there, {"order_id": None, "status": None, **values}, None, owner_id)
    if problems:
        raise invalid(problems)
    values = _clean(values)
    rack = Rack(there.new_id(), values.pop("name"), owner_id, **values)
    there.racks[rack.id] = rack
    return shown(there, rack)


def change(there: Installation, request: Request) -> Any:
    """PATCH /racks/:id"""
    rack = _found(there, request)
    values = request.wrapped("rack", *_CHANGEABLE, "description")
    _check_columns(values)
    if problems := _problems(there, {**vars(rack), **values}, rack, rack.owner_id):
        raise invalid(problems)
    for name, value in _clean(values).items():
        setattr(rack, name, value)
    return shown(there, rack)


def delete(there: Installation, request: Request) -> Any:
    """DELETE /racks/:id"""
    rack = _found(there, request)
    within = there.devices_of(rack.id)
    if within and request.query.get("recurse") != "true":
        raise unprocessable("rack is not empty")
    for device in within:
        del there.devices[device.id]
    del there.racks[rack.id]
    return {}


def _found(there: Installation, request: Request) -> Rack:
    if request.ids[0] not in there.racks:
        raise not_found()
    return there.racks[request.ids[0]]


def _check_columns(values: dict[str, Any]) -> None:
    if "description" in values:
        raise broken("ActiveModel::UnknownAttributeError", "unknown attribute 'description' for HwRack.")
    if too_long(values.get("name")):
        raise broken("ActiveRecord::ValueTooLong", "value too long for type character varying(255)")


def _problems(there: Installation, values: dict[str, Any], itself: Rack | None, owner_id: str) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    others = [rack for rack in there.racks.values() if rack is not itself]
    name, order_id = values["name"], values["order_id"]
    if blank(name):
        problems["name"] = ["can't be blank"]
    elif not re.fullmatch(r"[A-Za-z0-9_-]*", str(name)):
        problems["name"] = ["can contain only alphanumeric characters, hyphens and underscores."]
    elif any(rack.name == name and rack.owner_id == owner_id for rack in others):
        problems["name"] = ["has already been taken"]
    if blank(order_id):
        problems["order_id"] = ["can't be blank"]
    elif any(rack.order_id == str(order_id) for rack in others):
        problems["order_id"] = ["has already been taken"]
    if values["status"] not in STATUSES:
        problems["status"] = ["is not included in the list"]
    height = whole(values["u_height"])
    taken = max((there.end(device) for device in there.devices_of(itself.id)), default=0) if itself else 0
    if height is None or not 1 <= height <= HIGHEST:
        problems["u_height"] = [f"must be between 1 and {HIGHEST}"]
    elif height < taken:
        problems["u_height"] = [f"must be greater than or equal to {taken}"]
    if "cost" in values and (cost := amount(values["cost"])) is not None and cost < 0:
        problems["cost"] = ["must be greater than or equal to 0"]
    return problems


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in values.items() if name not in _DOCUMENTS or isinstance(value, dict)}
    if "cost" in kept:
        kept["cost"] = amount(kept["cost"])
    if "u_height" in kept:
        kept["u_height"] = whole(kept["u_height"])
    if "order_id" in kept:
        kept["order_id"] = str(kept["order_id"])
    return kept
