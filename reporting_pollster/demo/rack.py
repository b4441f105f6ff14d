"""The machines of the sample cloud as they are set up: cells, hosts, hypervisors, aggregates and zones.

Ids repeat from cell to cell, a zone may span cells, and one service stands for several bare-metal nodes, so host and
node are not the same thing. The mappings hold templates where a real cloud may hold passwords.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from reporting_pollster.demo.world import CELLS, World

CELL0 = "00000000-0000-0000-0000-000000000000"


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


class Racks:
    """Sets the machines up."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.api = world["nova_api"]

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

    def _cell_id(self, cell: str) -> int:
        return int(next(row["id"] for row in self.api["cell_mappings"] if row["name"] == cell))
