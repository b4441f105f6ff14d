"""One thing to do at Concertim, and the order in which all of them are safe.

Templates and racks come before the devices that need them. Devices are deleted before others are changed or made,
because that frees slots and names; racks go after their devices, and templates after theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

Verb = Literal["create", "change", "delete"]
Object = Literal["team", "user", "template", "rack", "device"]


class Stage(IntEnum):
    """When it is done; steps of one stage do not depend on each other."""

    LINK = 0
    TEMPLATES = 1
    RACKS = 2
    DEVICES_DELETED = 3
    DEVICES_CHANGED = 4
    DEVICES_CREATED = 5
    RACKS_DELETED = 6
    TEMPLATES_DELETED = 7


_STAGES: Mapping[tuple[Object, Verb], Stage] = {
    ("team", "change"): Stage.LINK,
    ("user", "change"): Stage.LINK,
    ("template", "create"): Stage.TEMPLATES,
    ("template", "change"): Stage.TEMPLATES,
    ("template", "delete"): Stage.TEMPLATES_DELETED,
    ("rack", "create"): Stage.RACKS,
    ("rack", "change"): Stage.RACKS,
    ("rack", "delete"): Stage.RACKS_DELETED,
    ("device", "delete"): Stage.DEVICES_DELETED,
    ("device", "change"): Stage.DEVICES_CHANGED,
    ("device", "create"): Stage.DEVICES_CREATED,
}


@dataclass(frozen=True)
class Step:
    """`key` is OpenStack's id (of a rack beyond the first with its number), `id` is Concertim's.

    A device that is made names its rack and template by their keys, since either may only just have been made.
    """

    verb: Verb
    object: Object
    key: str
    id: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    rack: str | None = None
    template: str | None = None

    @property
    def stage(self) -> Stage:
        """When it is done."""
        return _STAGES[self.object, self.verb]
