"""The machines of the sample cloud: cells, hosts, hypervisors, aggregates and zones, and who goes where.

An availability zone is not a row but an aggregate's metadata; hosts in no such aggregate are in the default zone. Ids
repeat from cell to cell. One service stands for several bare-metal nodes, so host and node are not the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import CELLS, World

CELL0 = "00000000-0000-0000-0000-000000000000"
DEFAULT_ZONE = "nova"
METAL_GB = 900
GPU_GB = (200, 400)
"""Sizes by which flavours of the special machines are told, since an instance has the same."""


class Rack(NamedTuple):
    """Hosts of one kind in one cell."""

    cell: str
    name: str
    machines: int
    kind: str
    zone: str | None
    vcpus: int
    memory_mb: int
    local_gb: int


RACKS = (
    Rack("cell1", "north", 14, "kvm", "az-north", 64, 524288, 7000),
    Rack("cell1", "fringe", 4, "kvm", None, 32, 262144, 3500),
    Rack("cell2", "south", 12, "kvm", "az-south", 64, 524288, 7000),
    Rack("cell2", "east", 6, "kvm", "az-east", 96, 786432, 10000),
    Rack("cell3", "gpu", 6, "gpu", "az-south", 64, 1048576, 14000),
    Rack("cell3", "metal", 5, "metal", "az-metal", 48, 196608, 900),
)
FEATURES = {"ssd": ("north", {"disk": "ssd"}), "gpu": ("gpu", {"accelerator": "a40"}), "empty-shelf": (None, {})}


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

    def found(self, scale: float) -> None:
        """Rack everything; `scale` grows the number of machines with the number of instances."""
        for cell in CELLS:
            self._cell(cell)
        for cell in CELLS[1:]:
            for binary in ("nova-conductor", "nova-scheduler"):
                self._service(cell, f"ctrl-{cell}.demo.example", binary)
        for rack in RACKS:
            self._rack(rack, max(rack.machines, round(rack.machines * scale)))
        for name, (rack_name, metadata) in FEATURES.items():
            self._aggregate(name, metadata, [h for h in self._hosts() if rack_name and rack_name in h])
        self._scrap()

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

    def _cell(self, cell: str) -> None:
        database = "nova_" + cell
        is_zero = cell == "cell0"
        self.api["cell_mappings"].insert(
            created_at=self.world.now,
            uuid=CELL0 if is_zero else self.dice.uuid(),
            name=cell,
            transport_url="none:///"
            if is_zero
            else "{scheme}://{username}:{password}@" + f"mq-{cell}.demo.example:5672/",
            database_connection="{scheme}://{username}:{password}@{hostname}/" + database + "?charset=utf8",
            disabled=False,
        )

    def _rack(self, rack: Rack, count: int) -> None:
        hosts = []
        for number in range(1, count + 1):
            host = f"{'ironic-conductor-1' if rack.kind == 'metal' else f'comp-{rack.name}-{number:02d}'}.demo.example"
            node = self.dice.uuid() if rack.kind == "metal" else host
            if host not in hosts:
                hosts.append(host)
                self._service(rack.cell, host, "nova-compute")
                self.api["host_mappings"].insert(created_at=self.world.now, cell_id=self._cell_id(rack.cell), host=host)
            self._node(rack, host, node, number)
        if rack.zone:
            existing = next((row["id"] for row in self.api["aggregates"] if row["name"] == rack.zone), None)
            if existing is None:
                self._aggregate(rack.zone, {"availability_zone": rack.zone}, hosts)
            else:
                self._fill(existing, hosts)

    def _node(self, rack: Rack, host: str, node: str, number: int) -> None:
        metal = rack.kind == "metal"
        self.world[rack.cell]["compute_nodes"].insert(
            created_at=self.world.now,
            deleted=0,
            host=host,
            hypervisor_hostname=node,
            uuid=node if metal else self.dice.uuid(),
            hypervisor_type="ironic" if metal else "QEMU",
            hypervisor_version=1 if metal else 8002002,
            vcpus=rack.vcpus,
            memory_mb=rack.memory_mb,
            local_gb=rack.local_gb,
            vcpus_used=0,
            memory_mb_used=0,
            local_gb_used=0,
            cpu_info="" if metal else '{"arch": "x86_64", "model": "EPYC-Milan", "vendor": "AMD"}',
            host_ip=None if metal else f"192.0.2.{self.dice.number(1, 254)}",
            cpu_allocation_ratio=1.0 if metal else 4.0,
            ram_allocation_ratio=1.0,
            disk_allocation_ratio=None if number % 3 else 0.0,
            running_vms=0,
            mapped=1,
            stats="{}",
        )

    def _service(self, cell: str, host: str, binary: str) -> None:
        self.world[cell]["services"].insert(
            created_at=self.world.now,
            deleted=0,
            host=host,
            binary=binary,
            topic=binary.removeprefix("nova-"),
            report_count=0,
            disabled=False,
            forced_down=False,
            version=70,
            uuid=self.dice.uuid(),
        )

    def _aggregate(self, name: str, metadata: dict[str, str], hosts: list[str]) -> None:
        row = self.api["aggregates"].insert(created_at=self.world.now, uuid=self.dice.uuid(), name=name)
        for key, value in metadata.items():
            self.api["aggregate_metadata"].insert(
                created_at=self.world.now, aggregate_id=row["id"], key=key, value=value
            )
        self._fill(row["id"], hosts)

    def _fill(self, aggregate: int, hosts: list[str]) -> None:
        for host in hosts:
            self.api["aggregate_hosts"].insert(created_at=self.world.now, aggregate_id=aggregate, host=host)

    def _hosts(self) -> list[str]:
        return [row["host"] for row in self.api["host_mappings"]]

    def trouble(self) -> None:
        """One host is taken out of service and one dies, both with guests on them."""
        north = self.world["cell1"]["services"]
        ill = [row for row in north if row["binary"] == "nova-compute" and not row["deleted"]]
        north.change(ill[1], disabled=True, disabled_reason="DIMM B4 failing, vendor case open")
        north.change(ill[2], forced_down=True, last_seen_up=self.world.now, updated_at=self.world.now)
        self.read()

    def _scrap(self) -> None:
        """One host never worked and was sent back."""
        north = self.world["cell1"]
        service = next(row for row in north["services"] if row["host"].startswith("comp-fringe"))
        node = north["compute_nodes"].where("host", service["host"])[0]
        for table, row in (("compute_nodes", node), ("services", service)):
            north[table].change(row, deleted=row["id"], deleted_at=self.world.now + timedelta(days=4))
        for name in ("host_mappings", "aggregate_hosts"):
            for row in self.api[name]:
                if row["host"] == service["host"]:
                    self.api[name].remove(row)

    def _is_up(self, cell: str, host: str) -> bool:
        services = self.world[cell]["services"].where("host", host)
        return any(not (s["deleted"] or s["disabled"] or s["forced_down"]) for s in services)

    def _cell_id(self, cell: str) -> int:
        return int(next(row["id"] for row in self.api["cell_mappings"] if row["name"] == cell))

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
