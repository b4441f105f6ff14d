"""Allocations."""

from __future__ import annotations

from datetime import date

from tests.reports.warehouse import Warehouse, at


def test_an_allocation_says_who_pays_and_what_was_made_of_it(warehouse: Warehouse) -> None:
    put = warehouse.put
    untold = {"personal": False, "has_instances": True, "enabled": True}
    put("project", {"id": "p1", "display_name": "tea", "quota_vcpus": 16, "quota_instances": -1, **untold})
    granted = {"start_date": date(2024, 1, 1), "end_date": date(2024, 12, 31), "status": "A"}
    put("allocation", {"id": 7, "project_id": "p1", "funding_national": 60, "funding_node": "north", **granted})
    put("allocation", {"id": 8, "project_id": "never made", "project_name": "milk", **granted})
    put("allocation", {"id": 9, "project_id": "p1", "active": False, **granted})
    put(
        "instance_period",
        {"id": "i1", "project_id": "p1", "vcpus": 4, "valid_from": at("10-01 00:00"), "valid_to": at("10-16 00:00")},
    )
    warehouse.read_until(at("11-21 00:00"), "instance", "allocation", "project")

    tea, milk = warehouse.ask("allocations", month="2024-10")

    used = 15 * 86_400
    assert (tea["allocation"], tea["project"], tea["funding_national_percent"], tea["funding_node"]) == (
        7,
        "tea",
        60,
        "north",
    )
    assert (tea["start_date"], tea["end_date"]) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (tea["instance_seconds"], tea["vcpu_seconds"]) == (used, 4 * used)
    assert tea["vcpu_used_percent"] == 4 * used * 100 // (16 * 31 * 86_400)
    assert (milk["project"], milk["vcpu_seconds"], milk["vcpu_used_percent"]) == ("milk", 0, None)
