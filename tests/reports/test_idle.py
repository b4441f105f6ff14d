"""Idle resources."""

from __future__ import annotations

import pytest

from tests.reports.warehouse import Warehouse, at

SIZE = {"vcpus": 4, "memory": 8192, "root": 10, "ephemeral": 20}


@pytest.fixture
def idle(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with instances and volumes that were idle for a while."""
    put = warehouse.put
    stopped = {"id": "i1", "project_id": "p1", "state": "stopped", **SIZE}
    put("instance", {"id": "i1", "name": "sleeper", "cell_name": "cell1"})
    put(
        "instance_period",
        {**stopped, "state": "active", "valid_from": at("01-01 00:00"), "valid_to": at("03-01 12:00")},
    )
    put("instance_period", {**stopped, "valid_from": at("03-01 12:00"), "valid_to": at("05-01 00:00")})
    put("instance_period", {**stopped, "project_id": "p2", "valid_from": at("05-01 00:00")})
    put("instance_period", {**stopped, "id": "i2", "valid_from": at("09-20 00:00")})
    put("instance_period", {**stopped, "id": "i3", "state": "active", "valid_from": at("03-01 12:00")})
    attached = {"id": "v1", "project_id": "p1", "size": 100, "attached": True, "state": "in-use"}
    put("volume", {"id": "v1", "display_name": "attic", "attached": False})
    put("volume_period", {**attached, "valid_from": at("01-01 00:00"), "valid_to": at("08-01 00:00")})
    put("volume_period", {**attached, "attached": False, "valid_from": at("08-01 00:00")})
    put(
        "volume_period",
        {**attached, "id": "v2", "attached": False, "valid_from": at("02-01 00:00"), "valid_to": at("02-09 00:00")},
    )
    put("volume_period", {**attached, "id": "v2", "attached": False, "size": 200, "valid_from": at("02-09 00:00")})
    put("volume_period", {**attached, "id": "v3", "attached": True, "valid_from": at("02-01 00:00")})
    warehouse.read_until(at("10-01 00:00"), "instance", "volume")
    return warehouse


def test_what_was_stopped_or_loose_for_long_is_listed_since_then(idle: Warehouse) -> None:
    rows = idle.ask("idle")

    assert [(row["kind"], row["id"], row["name"], row["idle_since"], row["idle_days"]) for row in rows] == [
        ("volume", "v2", None, at("02-01 00:00"), 243),
        ("instance", "i1", "sleeper", at("03-01 12:00"), 213),
        ("volume", "v1", "attic", at("08-01 00:00"), 61),
    ]
    assert [(row["project_id"], row["vcpus"], row["memory_mb"], row["disk_gb"]) for row in rows] == [
        ("p1", None, None, 200),
        ("p2", 4, 8192, 30),
        ("p1", None, None, 100),
    ]


def test_the_least_number_of_days_and_the_instant_decide(idle: Warehouse) -> None:
    assert [row["id"] for row in idle.ask("idle", days=10)] == ["v2", "i1", "v1", "i2"]
    assert [row["id"] for row in idle.ask("idle", days=213)] == ["v2", "i1"]
    assert [(row["id"], row["idle_days"]) for row in idle.ask("idle", days=30, as_of="2024-04-01")] == [
        ("v2", 60),
        ("i1", 30),
    ]


def test_what_was_known_then_had_no_names(idle: Warehouse) -> None:
    idle.change("volume_period", {"id": "v1"}, known_to=at("09-01 00:00"))

    now, then = idle.ask("idle"), idle.ask("idle", as_known_at="2024-08-31T23:59:59", as_of="2024-10-01")

    assert [row["id"] for row in now] == ["v2", "i1"]
    assert [(row["id"], row["name"]) for row in then] == [("v2", None), ("i1", None), ("v1", None)]
