"""Quota against use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.warehouse import Warehouse, at

UNTOLD = {"personal": False, "has_instances": False, "enabled": True}


@pytest.fixture
def tea(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with a project that has two instances and some disks."""
    put = warehouse.put
    quotas = {"quota_instances": 10, "quota_vcpus": -1, "quota_memory": None, "quota_volume_total": 100}
    put("domain", {"id": "d", "name": "Kitchen", "enabled": True})
    put("project", {"id": "p1", "display_name": "tea", "domain_id": "d", **quotas, "quota_snapshot": 0, **UNTOLD})
    put("project", {"id": "p2", "display_name": "gone", "active": False, **quotas, **UNTOLD})
    for number, state in enumerate(["active", "error", "soft-delete"]):
        row = {"id": f"i{number}", "vm_state": state, "vcpus": 4, "memory": 8192, "cell_name": "cell1"}
        put("instance", {**row, "project_id": "p1"})
    for number, temporary in enumerate([False, None, True]):
        put("volume", {"id": f"v{number}", "project_id": "p1", "size": 40, "temporary": temporary, "attached": False})
    put("snapshot", {"id": "s", "project_id": "p1", "size": 15})
    warehouse.read_until(at("10-20 00:00"))
    return warehouse


def row(rows: list[dict[str, Any]], resource: str) -> tuple[Any, ...]:
    (found,) = [each for each in rows if each["resource"] == resource]
    return tuple(found[name] for name in ("quota", "used", "free", "used_percent"))


def test_use_is_counted_as_the_services_count_it(tea: Warehouse) -> None:
    rows = tea.ask("quota")

    assert {(each["project_id"], each["project"], each["domain"]) for each in rows} == {("p1", "tea", "Kitchen")}
    assert row(rows, "instances") == (10, 2, 8, 20)
    assert row(rows, "vcpus") == (-1, 8, None, None)
    assert row(rows, "memory") == (None, 16384, None, None)
    assert row(rows, "volumes") == (None, 2, None, None)
    assert row(rows, "volume space") == (100, 95, 5, 95)
    assert row(rows, "snapshots") == (0, 1, -1, None)


def test_what_is_nearly_used_up_can_be_asked_for(tea: Warehouse) -> None:
    rows = tea.ask("quota", percent=90)

    assert [each["resource"] for each in rows] == ["volume space", "snapshots"]
