"""The metrics that are rolled up, by kind of resource, in ceilometer's words.

Only what is measured: how many CPUs or how much memory an instance has is in the reporting database already, exact to
the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Metric(NamedTuple):
    """A metric: a counter only grows, and says something by how fast; anything else says it by its value."""

    name: str
    is_counter: bool
    unit: str


def _counters(unit: str, *names: str) -> tuple[Metric, ...]:
    return tuple(Metric(name, True, unit) for name in names)


WANTED: Mapping[str, Sequence[Metric]] = {
    "instance": (*_counters("ns", "cpu"), Metric("memory.usage", False, "MB")),
    "instance_disk": (
        *_counters("B", "disk.device.read.bytes", "disk.device.write.bytes"),
        *_counters("request", "disk.device.read.requests", "disk.device.write.requests"),
    ),
    "instance_network_interface": (
        *_counters("B", "network.incoming.bytes", "network.outgoing.bytes"),
        *_counters("packet", "network.incoming.packets", "network.outgoing.packets"),
    ),
    "volume": (Metric("volume.size", False, "GB"),),
}

# Kinds that belong to an instance name it in this attribute.
INSTANCE_ATTRIBUTE = "instance_id"
OF_INSTANCES = frozenset({"instance_disk", "instance_network_interface"})
