"""Capacity and allocation, at an instant and over time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.warehouse import Warehouse, at

OCTOBER = at("10-01 00:00")
SIZE = {"vcpus": 4, "memory": 8192, "root": 10, "ephemeral": 20}


@pytest.fixture
def hosts(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with three hosts and some instances on them."""
    put = warehouse.put
    host = {"cell_name": "cell1", "cpus": 10, "memory": 100_000, "local_storage": 1000, "created": at("09-01 00:00")}
    put(
        "hypervisor", {**host, "id": 1, "service_host": "h1", "availability_zone": "north", "cpu_allocation_ratio": 4.0}
    )
    put(
        "hypervisor",
        {**host, "id": 2, "service_host": "h2", "availability_zone": "north", "ram_allocation_ratio": 0.99},
    )
    put(
        "hypervisor",
        {**host, "id": 3, "service_host": "h3", "availability_zone": "south", "created": at("10-20 00:00")},
    )
    gone = {"active": False, "deleted": at("10-05 00:00")}
    put("hypervisor", {**host, "id": 4, "service_host": "h4", "availability_zone": "south", **gone})
    for number, name in ((1, "fast"), (2, "licensed"), (3, "empty")):
        put("aggregate", {"id": number, "name": name, "availability_zone": "", "metadata": "{}"})
    for number, name in ((1, "h1"), (2, "h1"), (2, "h2")):
        put("aggregate_host", {"id": number, "host": name, "availability_zone": ""})
    put("aggregate_host", {"id": 3, "host": "h3", "availability_zone": "", "active": False})
    period = {"project_id": "p1", "valid_from": OCTOBER, **SIZE}
    put(
        "instance_period",
        {**period, "id": "i1", "host": "h1"},
        {**period, "id": "i2", "host": "h1", "state": "stopped"},
    )
    put("instance_period", {**period, "id": "i3", "host": "h2", "in_use": False, "state": "building"})
    put(
        "instance_period",
        {**period, "id": "i4", "host": "h2", "state": "shelved_offloaded", "availability_zone": "south"},
    )
    put("instance_period", {**period, "id": "i5", "host": None, "state": "error"})
    put("instance_period", {**period, "id": "i6", "host": "nowhere"})
    put(
        "instance_period",
        {**period, "id": "i7", "host": "h4", "valid_to": at("10-05 00:00"), "availability_zone": "south"},
    )
    warehouse.read_until(at("10-21 00:00"), "instance", "hypervisor")
    return warehouse


def vcpus(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[f"vcpus_{what}"] for what in ("physical", "capacity", "allocated", "free"))


def test_each_hypervisor_says_what_it_has_and_what_is_taken(hosts: Warehouse) -> None:
    rows = {row["hypervisor"]: row for row in hosts.ask("capacity")}

    assert rows.keys() == {"h1", "h2", "h3", "nowhere"}
    assert vcpus(rows["h1"]) == (10, 40, 8, 32)
    assert vcpus(rows["h2"]) == (10, 10, 4, 6)
    assert vcpus(rows["nowhere"]) == (0, 0, 4, -4)
    assert (rows["h1"]["zone"], rows["h1"]["instances"], rows["nowhere"]["hosts"]) == ("north", 2, 0)
    h2 = rows["h2"]
    assert (h2["memory_mb_capacity"], h2["memory_mb_allocated"], h2["memory_mb_free"]) == (99_000, 8192, 90_808)
    assert (h2["disk_gb_physical"], h2["disk_gb_allocated"]) == (1000, 30)


def test_zones_are_those_of_the_hosts_and_of_the_instant(hosts: Warehouse) -> None:
    now = {row["zone"]: row for row in hosts.ask("capacity", by="zone")}
    before = {row["zone"]: row for row in hosts.ask("capacity", by="zone", as_of="2024-10-04T23:59:59")}

    assert {zone: (row["hosts"], row["instances"]) for zone, row in now.items()} == {
        "": (0, 1),
        "north": (2, 3),
        "south": (1, 0),
    }
    assert {zone: (row["hosts"], row["instances"]) for zone, row in before.items()} == {
        "": (0, 1),
        "north": (2, 3),
        "south": (1, 1),
    }


def test_a_host_counts_in_each_of_its_aggregates(hosts: Warehouse) -> None:
    rows = {
        row["aggregate"]: (row["aggregate_id"], row["hosts"], row["instances"])
        for row in hosts.ask("capacity", by="aggregate")
    }

    assert rows == {"fast": (1, 1, 2), "licensed": (2, 2, 3), None: (None, 1, 1)}


def test_over_time_each_day_has_an_average(hosts: Warehouse) -> None:
    rows = hosts.ask("capacity-days", from_="2024-10-04T12:00:00", to="2024-10-06")

    south = [row for row in rows if row["zone"] == "south"]
    assert [(str(row["day"]), row["hosts"], row["vcpu_seconds"]) for row in south] == [("2024-10-04", 1, 4 * 43_200)]
    north = [row for row in rows if row["zone"] == "north"]
    assert [(str(row["day"]), row["hosts"], row["cpus"]) for row in north] == [
        ("2024-10-04", 2, 20),
        ("2024-10-05", 2, 20),
    ]
