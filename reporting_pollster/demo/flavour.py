"""Flavours of the sample cloud, also those that are gone.

Nova deletes a flavour outright, and "editing" one is a delete and a create: same name, another id. Instances keep
pointing to the old id and carry the truth with them, as a serialized copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import World


class Shape(NamedTuple):
    """A flavour to make."""

    vcpus: int
    memory_mb: int
    root_gb: int
    ephemeral_gb: int = 0
    swap: int = 0
    specs: Mapping[str, str] = {}
    flavorid: str | None = None
    project: str | None = None


GPU = {"resources:VGPU": "1", "trait:CUSTOM_A40": "required"}
METAL = {"resources:CUSTOM_BAREMETAL_STANDARD": "1", "resources:VCPU": "0", "resources:MEMORY_MB": "0"}
PINNED = {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "1GB"}

SHAPES = {
    "m2.small": Shape(1, 4096, 30, flavorid="1"),
    "m2.medium": Shape(2, 6144, 30, 60, flavorid="2"),
    "m2.large": Shape(4, 12288, 30, 120, flavorid="3"),
    "m2.xlarge": Shape(8, 24576, 30, 240, flavorid="4"),
    "t3.nano": Shape(1, 512, 5),
    "t3.small": Shape(1, 2048, 10),
    "m3.small": Shape(2, 4096, 30),
    "m3.medium": Shape(4, 8192, 30),
    "m3.large": Shape(8, 16384, 30),
    "m3.xlarge": Shape(16, 32768, 30),
    "c3.large": Shape(8, 8192, 30, specs=PINNED),
    "c3.xxlarge": Shape(32, 32768, 30, specs=PINNED),
    "r3.large": Shape(8, 65536, 30, swap=4096),
    "r3.xlarge": Shape(16, 131072, 30, swap=4096, flavorid="r3-xlarge"),
    "g2.large": Shape(8, 65536, 60, 200, specs=GPU),
    "g2.xlarge": Shape(16, 131072, 60, 400, specs=GPU | {"resources:VGPU": "2"}),
    "bm.standard": Shape(48, 196608, 900, specs=METAL),
    "climate.huge": Shape(48, 196608, 60, specs=PINNED, project="climate-modelling"),
}

OLD = ("m2.small", "m2.medium", "m2.large", "m2.xlarge")
EDITED = {
    "t3.small": Shape(1, 2048, 20),
    "c3.large": Shape(8, 12288, 30, specs=PINNED),
    "m3.medium": Shape(4, 8192, 40),
}


class Flavours:
    """Nova's flavour tables, and what an instance keeps of its flavour."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["nova_api"]
        self._serialized: dict[int, str] = {}

    def found(self, projects: Mapping[str, str]) -> None:
        """The first day's flavours; `projects` gives the id of a project that has one for itself."""
        for name, shape in SHAPES.items():
            self.add(name, shape, projects[shape.project] if shape.project else None)

    def add(self, name: str, shape: Shape, project_id: str | None = None) -> Row:
        """A new flavour, for all or for one project."""
        row = self.db["flavors"].insert(
            created_at=self.world.now,
            name=name,
            vcpus=shape.vcpus,
            memory_mb=shape.memory_mb,
            root_gb=shape.root_gb,
            ephemeral_gb=shape.ephemeral_gb,
            swap=shape.swap,
            rxtx_factor=1.0,
            vcpu_weight=0,
            disabled=False,
            is_public=project_id is None,
            flavorid=shape.flavorid or self.dice.uuid(),
        )
        for key, value in shape.specs.items():
            self.db["flavor_extra_specs"].insert(created_at=self.world.now, flavor_id=row["id"], key=key, value=value)
        if project_id is not None:
            self.db["flavor_projects"].insert(created_at=self.world.now, flavor_id=row["id"], project_id=project_id)
        return row

    def drop(self, name: str) -> Row:
        """Delete a flavour with all that belongs to it; returns what it was."""
        row = self.named(name)
        for table in ("flavor_extra_specs", "flavor_projects"):
            for part in self.db[table].where("flavor_id", row["id"]):
                self.db[table].remove(part)
        self.db["flavors"].remove(row)
        return row

    def edit(self, name: str, shape: Shape) -> Row:
        """What operators call editing: the name stays, the ids do not."""
        self.drop(name)
        return self.add(name, shape)

    def named(self, name: str) -> Row:
        """The flavour that has this name now."""
        return next(row for row in self.db["flavors"] if row["name"] == name)

    def exists(self, name: str) -> bool:
        """Whether there still is a flavour of this name."""
        return any(row["name"] == name for row in self.db["flavors"])

    def serialized(self, flavour: Row) -> str:
        """A flavour as nova writes it beside each instance."""
        if flavour["id"] not in self._serialized:
            specs = self.db["flavor_extra_specs"].where("flavor_id", flavour["id"])
            self._serialized[flavour["id"]] = json.dumps(_versioned(flavour, {s["key"]: s["value"] for s in specs}))
        return self._serialized[flavour["id"]]


def carried(current: str, old: str | None = None, new: str | None = None) -> str:
    """What instance_extra.flavor holds, of serialized flavours; old and new only during a resize."""
    return f'{{"cur": {current}, "old": {old or "null"}, "new": {new or "null"}}}'


def _versioned(flavour: Row, specs: dict[str, str]) -> dict[str, object]:
    data = dict(flavour, extra_specs=specs, deleted=False, deleted_at=None)
    for name in ("created_at", "updated_at"):
        data[name] = data[name] and data[name].replace(" ", "T") + "Z"
    for name in ("disabled", "is_public"):
        data[name] = bool(data[name])
    return {
        "nova_object.name": "Flavor",
        "nova_object.namespace": "nova",
        "nova_object.version": "1.2",
        "nova_object.data": data,
    }
