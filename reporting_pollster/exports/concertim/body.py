"""Steps in Concertim's words: what is sent for each.

One body serves all versions, since each drops silently what it does not know: the newer ones read `type`, `details`
and the team, the older ones the same details beside them and the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reporting_pollster.domain.concertim.step import Step

_WORDS = {"Instance": "Compute", "Volume": "Volume", "Network": "Network"}
_CLASSES = {kind: f"Device::{word}Details" for kind, word in _WORDS.items()}
_RACK = {"height": "u_height"}


def body(step: Step, rack_id: str | None = None, template_id: str | None = None) -> dict[str, Any]:
    """What is sent to make or change an object; ids are those of a new device's rack and template."""
    if step.object == "rack":
        return {"rack": _rack(step.values)}
    if step.object != "device":
        return {step.object: dict(step.values)}
    device = _device(step.values)
    if step.verb == "change":
        del device["type"]
        return {"device": device}
    device["location"] = {"rack_id": rack_id, "start_u": device.pop("start"), "facing": "f"}
    return {"template_id": template_id, "device": device}


def _rack(values: Mapping[str, Any]) -> dict[str, Any]:
    made = {_RACK.get(name, name): value for name, value in values.items()}
    if "owner" in made:
        owner = made.pop("owner")
        made |= {"team_id": owner, "user_id": owner}
    return made


def _device(values: Mapping[str, Any]) -> dict[str, Any]:
    device = dict(values)
    kind = device["type"]
    if "details" in device:
        flat = dict(device["details"]) if kind == "Instance" else {}
        device = {**flat, **device, "details": {"type": _CLASSES[kind], **device["details"]}}
    return device
