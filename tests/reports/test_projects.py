"""Projects."""

from __future__ import annotations

from tests.reports.warehouse import Warehouse, at


def test_a_project_shows_what_it_has(warehouse: Warehouse) -> None:
    put = warehouse.put
    untold = {"personal": False, "has_instances": False, "enabled": True}
    put("domain", {"id": "d", "name": "Kitchen", "enabled": True})
    put("project", {"id": "p1", "display_name": "tea", "domain_id": "d", "organisation": "Pot Ltd", **untold})
    put("project", {"id": "p2", "display_name": "milk", **untold})
    put("project", {"id": "p3", "display_name": "gone", "active": False, **untold})
    for number, active in enumerate([True, True, False]):
        own = {"id": f"r{number}", "project_id": "p1", "active": active}
        put("instance", {**own, "vcpus": 4, "memory": 8192, "cell_name": "cell1"})
        put("volume", {**own, "size": 100, "attached": False})
    put("floating_ip", {"id": "f", "project_id": "p1"})
    warehouse.read_until(at("10-21 00:00"))

    tea, milk = warehouse.ask("projects")

    figures = ("instances", "vcpus", "memory_mb", "volumes", "volume_gb", "floating_ips")
    assert (tea["project"], tea["domain"], tea["organisation"]) == ("tea", "Kitchen", "Pot Ltd")
    assert [tea[name] for name in figures] == [2, 8, 16384, 2, 200, 1]
    assert [milk[name] for name in figures] == [0] * 6
    assert warehouse.ask("projects", project="milk") == [milk]
