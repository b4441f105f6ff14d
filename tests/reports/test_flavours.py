"""Flavours in use."""

from __future__ import annotations

from tests.reports.warehouse import Warehouse, at

SMALL = {"flavour_name": "small", "flavour_uuid": "1", "vcpus": 1, "memory": 2048, "root": 10, "ephemeral": 0}
LARGE = {"flavour_name": "large", "flavour_uuid": "2", "vcpus": 8, "memory": 32768, "root": 10, "ephemeral": 300}


def test_what_lives_of_each_flavour_is_counted_as_it_was(warehouse: Warehouse) -> None:
    put, october = warehouse.put, at("10-01 00:00")
    put("instance_period", {"id": "i1", "project_id": "p1", "valid_from": october, **SMALL})
    put("instance_period", {"id": "i2", "project_id": "p1", "valid_from": october, **SMALL})
    put(
        "instance_period",
        {"id": "i3", "project_id": "p2", "valid_from": october, "valid_to": at("10-10 00:00"), **SMALL},
    )
    put("instance_period", {"id": "i3", "project_id": "p2", "valid_from": at("10-10 00:00"), **LARGE})
    put("instance_period", {"id": "i4", "project_id": "p2", "valid_from": october, "in_use": False, **LARGE})
    put("instance_period", {"id": "i5", "region": "elsewhere", "valid_from": october, **LARGE})
    warehouse.read_until(at("10-20 00:00"))

    before, now = warehouse.ask("flavours", as_of="2024-10-09"), warehouse.ask("flavours")

    assert [(row["flavour"], row["instances"], row["projects"], row["vcpus"]) for row in before] == [("small", 3, 2, 3)]
    assert now == [
        {
            "flavour": "small",
            "flavour_id": "1",
            "vcpus_each": 1,
            "memory_mb_each": 2048,
            "instances": 2,
            "projects": 1,
            "vcpus": 2,
            "memory_mb": 4096,
            "disk_gb": 20,
        },
        {
            "flavour": "large",
            "flavour_id": "2",
            "vcpus_each": 8,
            "memory_mb_each": 32768,
            "instances": 1,
            "projects": 1,
            "vcpus": 8,
            "memory_mb": 32768,
            "disk_gb": 310,
        },
    ]


def test_a_project_sees_its_own(warehouse: Warehouse) -> None:
    warehouse.put(
        "project", {"id": "p1", "display_name": "tea", "enabled": True, "personal": False, "has_instances": True}
    )
    for project in ("p1", "p2"):
        warehouse.put(
            "instance_period", {"id": project, "project_id": project, "valid_from": at("10-01 00:00"), **SMALL}
        )
    warehouse.read_until(at("10-20 00:00"))

    for name in ("p1", "tea"):
        (row,) = warehouse.ask("flavours", project=name)
        assert row["instances"] == 1
