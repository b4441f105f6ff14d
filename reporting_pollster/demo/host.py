"""The machines of the sample cloud at work: where instances go, how full the hosts are, which are ill.

An availability zone is not a row but an aggregate's metadata; hosts in no such aggregate are in the default zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import CELLS, World

DEFAULT_ZONE = "nova"
METAL_GB = 900
GPU_GB = (200, 400)
"""Sizes by which flavours of the special machines are told, since an instance has the same."""


@dataclass
class Place:
    """Where an instance can run."""

    cell: str
    node: Row
    kind: str
    zone: str
    memory_mb_used: int = 0

    @property
    def host(self) -> str:
        """The compute service."""
        return str(self.node["host"])


class Hosts:
    """Cells, hosts and zones, and a scheduler that spreads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.api = world["nova_api"]
        self.places: list[Place] = []

    def read(self) -> None:
        """Know the places that can take instances, from the rows; called once the hosts are there."""
        zones = self.zones()
        used = {place.node["uuid"]: place.memory_mb_used for place in self.places}
        self.places = [
            Place(cell, node, _kind(node), zones.get(node["host"], DEFAULT_ZONE), used.get(node["uuid"], 0))
            for cell in CELLS[1:]
            for node in self.world[cell]["compute_nodes"]
            if not node["deleted"] and self._is_up(cell, node["host"])
        ]

    def zones(self) -> dict[str, str]:
        """The availability zone of each host that is in one."""
        named = {
            m["aggregate_id"]: m["value"] for m in self.api["aggregate_metadata"] if m["key"] == "availability_zone"
        }
        members = self.api["aggregate_hosts"]
        return {row["host"]: named[row["aggregate_id"]] for row in members if row["aggregate_id"] in named}

    def choose(
        self, needs: Row, *, zone: str | None = None, cell: str | None = None, but: str | None = None
    ) -> Place | None:
        """The emptiest of three places where a flavour, or an instance of its size, fits; or none."""
        kind, memory_mb = kind_for(needs), needs["memory_mb"]
        fit = [
            place
            for place in self.places
            if place.kind == kind
            and (zone is None or place.zone == zone)
            and (cell is None or place.cell == cell)
            and place.node["hypervisor_hostname"] != but
            and place.memory_mb_used + memory_mb <= place.node["memory_mb"]
        ]
        return (
            min(self.dice.some(fit, 3), key=lambda place: place.memory_mb_used / place.node["memory_mb"])
            if fit
            else None
        )

    def place_of(self, node: str) -> Place | None:
        """The place with this hypervisor name; None for a machine that is gone or out of service."""
        return next((place for place in self.places if place.node["hypervisor_hostname"] == node), None)

    def beat(self) -> None:
        """Heartbeats and figures of every host, as of now."""
        for cell in CELLS[1:]:
            self._services_beat(cell)
            used = self._used(cell)
            for node in self.world[cell]["compute_nodes"]:
                if not node["deleted"]:
                    self._report(cell, node, used.get((node["host"], node["hypervisor_hostname"]), []))

    def trouble(self) -> None:
        """One host is taken out of service and one dies, both with guests on them."""
        north = self.world["cell1"]["services"]
        ill = [row for row in north if row["binary"] == "nova-compute" and not row["deleted"]]
        north.change(ill[1], disabled=True, disabled_reason="DIMM B4 failing, vendor case open")
        north.change(ill[2], forced_down=True, last_seen_up=self.world.now, updated_at=self.world.now)
        self.read()

    def _is_up(self, cell: str, host: str) -> bool:
        services = self.world[cell]["services"].where("host", host)
        return any(not (s["deleted"] or s["disabled"] or s["forced_down"]) for s in services)

    def _services_beat(self, cell: str) -> None:
        table = self.world[cell]["services"]
        beats = int((self.world.now - self.world.start).total_seconds() // 10)
        for row in table:
            if not row["deleted"] and not row["forced_down"]:
                seen = self.world.now - timedelta(seconds=self.dice.number(0, 9))
                table.change(row, updated_at=seen, last_seen_up=seen, report_count=row["report_count"] + beats)

    def _used(self, cell: str) -> dict[tuple[str, str], list[Row]]:
        used: dict[tuple[str, str], list[Row]] = {}
        for row in self.world[cell]["instances"]:
            if not row["deleted"] and row["host"]:
                used.setdefault((row["host"], row["node"]), []).append(row)
        return used

    def _report(self, cell: str, node: Row, guests: list[Row]) -> None:
        vcpus = sum(row["vcpus"] for row in guests)
        memory = 512 + sum(row["memory_mb"] for row in guests)
        disk = sum(row["root_gb"] + row["ephemeral_gb"] for row in guests)
        self.world[cell]["compute_nodes"].change(
            node,
            updated_at=self.world.now - timedelta(seconds=self.dice.number(0, 59)),
            vcpus_used=vcpus,
            memory_mb_used=memory,
            free_ram_mb=node["memory_mb"] - memory,
            local_gb_used=disk,
            free_disk_gb=node["local_gb"] - disk,
            running_vms=sum(row["power_state"] == 1 for row in guests),
        )


def kind_for(row: Row) -> str:
    """The kind of machine that a flavour needs, or an instance with its sizes."""
    if row["root_gb"] == METAL_GB:
        return "metal"
    return "gpu" if row["ephemeral_gb"] in GPU_GB else "kvm"


def _kind(node: Row) -> str:
    if node["hypervisor_type"] == "ironic":
        return "metal"
    return "gpu" if "-gpu-" in node["host"] else "kvm"
