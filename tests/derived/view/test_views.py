"""What views say, and that each of their columns says what it means; on every server the same."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from reporting_pollster.derived.view import views
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse, at

SIZE = {"vcpus": 4, "memory": 8192, "root": 10, "ephemeral": 20}
UNTOLD = {"personal": False, "has_instances": False, "enabled": True}


def rows(warehouse: Warehouse, view: str, where: str = "1 = 1") -> list[dict[str, Any]]:
    with reading(warehouse.engine) as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {view} WHERE {where}")).mappings()]


@pytest.fixture
def tea(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with a project of a domain."""
    warehouse.put("domain", {"id": "d", "name": "Kitchen", "enabled": True})
    warehouse.put("project", {"id": "p1", "display_name": "tea", "domain_id": "d", **UNTOLD})
    return warehouse


@pytest.mark.parametrize("name", views())
def test_every_column_of_a_view_says_what_it_means(name: str) -> None:
    whole_metadata()
    view = views()[name]

    assert [*view.columns] == [column.name for column in view.query().selected_columns]
    assert [each for each in (view.comment, *view.columns.values()) if not each.strip() or "\n" in each] == []
    assert name not in whole_metadata().tables
    assert max(len(each) for each in (name, *view.columns)) <= 63


def test_a_view_has_the_columns_that_are_described(warehouse: Warehouse) -> None:
    with reading(warehouse.engine) as connection:
        found = {name: list(connection.execute(text(f"SELECT * FROM {name}")).keys()) for name in views()}

    assert found == {name: [*view.columns] for name, view in views().items()}


def test_a_living_instance_has_the_names_of_all_it_belongs_to(tea: Warehouse) -> None:
    tea.put("user", {"id": "u", "name": "Ada", "enabled": False})
    tea.put("image", {"id": "im", "name": "Debian", "active": False})
    of = {"project_id": "p1", "created_by": "u", "cell_name": "c", "vm_state": "active", "hypervisor": "h1.example"}
    tea.put("instance", {"id": "i1", "image": "im", **of}, {"id": "i2", "active": False, **of})
    tea.put("instance", {"id": "i3", "cell_name": "c"})

    found = {row["id"]: row for row in rows(tea, "living_instance")}

    assert found.keys() == {"i1", "i3"}
    names = ("project", "domain", "user_name", "user_enabled", "image_name", "hypervisor", "state")
    assert [found["i1"][name] for name in names] == ["tea", "Kitchen", "Ada", 0, "Debian", "h1.example", "active"]
    assert {found["i3"][name] for name in names} == {None}


def test_superseded_periods_are_left_out_and_seconds_are_told(tea: Warehouse) -> None:
    period = {"id": "i1", "project_id": "p1", "valid_from": at("03-01 00:00"), **SIZE}
    tea.put("instance_period", {**period, "known_to": at("04-01 00:00")})
    bounds = {"valid_to_earliest": at("03-31 23:00"), "valid_to_latest": at("04-01 00:00")}
    tea.put("instance_period", {**period, "valid_to": at("04-01 00:00"), "valid_to_origin": "estimate", **bounds})
    tea.put("instance_period", {**period, "valid_from": at("04-01 00:00")})

    found = sorted(rows(tea, "instance_period_current"), key=lambda row: row["period_id"])

    assert [(row["project"], row["domain"], row["seconds"]) for row in found] == [
        ("tea", "Kitchen", 31 * 86_400),
        ("tea", "Kitchen", None),
    ]
    assert [(row["valid_from_uncertain"], row["valid_to_uncertain"]) for row in found] == [(0, 3600), (0, 0)]


def use(day: date, **columns: Any) -> dict[str, Any]:
    return {"day": day, "project_id": "p1", "type": "", "availability_zone": "", "state": "active", **columns}


def test_a_month_has_its_days_and_hours_rounded_half_up(tea: Warehouse) -> None:
    tea.put("calendar_month", *MONTHS)
    for day in (date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 31), date(2024, 4, 1)):
        tea.put("usage_day", use(day, kind="instance", seconds=9, vcpu_seconds=1800, memory_mb_seconds=1_843_199))
        tea.put("usage_day", use(day, kind="volume", seconds=9, size_gb_seconds=86_400))
        tea.put("usage_day", use(day, kind="backup", seconds=9, size_gb_seconds=7))

    (march,) = rows(tea, "usage_month", "month = '2024-03'")

    assert (march["region"], march["project"], march["domain"]) == (REGION, "tea", "Kitchen")
    assert (march["instance_seconds"], march["vcpu_seconds"], march["memory_mb_seconds"]) == (18, 3600, 3_686_398)
    assert (march["volume_gb_seconds"], march["backup_gb_seconds"], march["snapshot_gb_seconds"]) == (172_800, 14, 0)
    hours = [march[f"{name}_hours"] for name in ("instance", "vcpu", "memory_gb", "volume_gb", "image_gb")]
    assert [round(Decimal(each), 4) for each in hours] == [Decimal("0.01"), 1, 1, 48, 0]


MONTHS = (
    {"month": "2024-02", "first_day": date(2024, 2, 1), "last_day": date(2024, 2, 29), "days": 29, "seconds": 0},
    {"month": "2024-03", "first_day": date(2024, 3, 1), "last_day": date(2024, 3, 31), "days": 31, "seconds": 0},
)


def test_use_by_resource_adds_up_and_is_weighted_by_state(tea: Warehouse) -> None:
    tea.put("state_weight", {"resource": "vcpu", "state": "stopped", "ten_thousandths": 3333})
    day = date(2024, 3, 1)
    tea.put("usage_day", use(day, kind="instance", state="stopped", seconds=5, vcpu_seconds=10, memory_mb_seconds=9))
    tea.put("usage_day", use(day, kind="instance", seconds=5, vcpu_seconds=20))
    tea.put("usage_day", use(day, kind="volume", state="stopped", type="ssd", seconds=5, size_gb_seconds=7))

    found = rows(tea, "usage_by_resource")

    told = {(row["resource"], row["state"]): (row["amount_seconds"], row["weighted_amount_seconds"]) for row in found}
    assert len(found) == len(told) == 5 + 5 + 1
    assert told["vcpu", "stopped"] == (10, 3)
    assert told["vcpu", "active"] == (20, 20)
    assert told["memory", "stopped"] == (9, 9)
    assert told["volume", "stopped"] == (7, 7)
    assert told["ephemeral", "active"] == (0, 0)


def test_quota_and_use_are_those_of_the_report(tea: Warehouse) -> None:
    quotas = {"quota_instances": 10, "quota_vcpus": -1, "quota_memory": 16385, "quota_volume_total": 100}
    tea.put("project", {"id": "p2", "display_name": "cake", **quotas, "quota_snapshot": 0, **UNTOLD})
    for number, state in enumerate(["active", "error", "soft-delete"]):
        row = {"id": f"i{number}", "vm_state": state, "vcpus": 4, "memory": 8192, "cell_name": "cell1"}
        tea.put("instance", {**row, "project_id": "p2"})
    for number, temporary in enumerate([False, None, True]):
        tea.put(
            "volume", {"id": f"v{number}", "project_id": "p2", "size": 4, "temporary": temporary, "attached": False}
        )
    tea.put("snapshot", {"id": "s", "project_id": "p2", "size": 15})
    tea.read_until(at("10-20 00:00"))

    found = rows(tea, "project_quota_use")

    names = ("project_id", "project", "domain", "resource", "unit", "quota", "used", "free", "used_percent")
    asked = {tuple(row[name] for name in names) for row in tea.ask("quota")}
    assert {tuple(row[name] for name in names) for row in found} == asked
    assert ("p2", "cake", None, "memory", "MB", 16385, 16384, 1, 99) in asked


def test_a_hypervisor_has_what_its_instances_leave(warehouse: Warehouse) -> None:
    host = {"cell_name": "c1", "cpus": 10, "memory": 1000, "local_storage": 100}
    warehouse.put("hypervisor", {**host, "id": 1, "hostname": "h1", "service_host": "h1", "cpu_allocation_ratio": 1.55})
    warehouse.put("hypervisor", {**host, "id": 2, "hostname": "h2", "service_host": "h2", "active": False})
    of = {"hypervisor": "h1", "cell_name": "c1", "vcpus": 4, "memory": 300, "root": 10, "ephemeral": 5}
    warehouse.put("instance", {"id": "i1", **of}, {"id": "i2", **of, "vm_state": "error"})
    warehouse.put("instance", {"id": "i3", **of, "vm_state": "shelved_offloaded"}, {"id": "i4", **of, "active": False})
    warehouse.put("instance", {"id": "i5", **of, "cell_name": "c2"})

    (found,) = rows(warehouse, "hypervisor_allocation")

    assert (found["hypervisor"], found["instances"]) == ("h1", 2)
    assert [found[f"vcpus_{name}"] for name in ("physical", "capacity", "allocated", "free")] == [10, 15, 8, 7]
    assert [found[f"memory_{name}"] for name in ("physical", "capacity", "allocated", "free")] == [1000, 1000, 600, 400]
    assert [found[f"disk_{name}"] for name in ("physical", "capacity", "allocated", "free")] == [100, 100, 30, 70]


def test_what_is_idle_is_idle_since_it_was_last_used(tea: Warehouse) -> None:
    stopped = {"id": "i1", "project_id": "p1", "state": "stopped", **SIZE}
    tea.put("instance", {"id": "i1", "name": "sleeper", "cell_name": "c"})
    begun, ended = at("01-01 00:00"), at("03-01 12:00")
    tea.put("instance_period", {**stopped, "state": "active", "valid_from": begun, "valid_to": ended})
    tea.put("instance_period", {**stopped, "valid_from": ended, "valid_to": at("05-01 00:00")})
    tea.put("instance_period", {**stopped, "valid_from": at("05-01 00:00")})
    tea.put("instance_period", {**stopped, "state": "active", "valid_from": at("04-01 00:00"), "known_to": ended})
    tea.put("instance_period", {**stopped, "id": "i2", "state": "active", "valid_from": begun})
    volume = {"id": "v1", "project_id": "p1", "size": 100, "attached": False, "state": "available"}
    tea.put("volume_period", {**volume, "valid_from": begun, "valid_to": ended}, {**volume, "valid_from": ended})
    tea.put("volume_period", {**volume, "id": "v2", "attached": True, "valid_from": begun})
    tea.put("floating_ip", {"id": "f1", "address": "10.0.0.1"})
    tea.put("floating_ip_period", {"id": "f1", "project_id": "p1", "attached": False, "valid_from": begun})
    tea.read_until(at("10-01 00:00"), "instance", "volume")

    found = rows(tea, "idle_resource")

    names = ("kind", "id", "name", "project", "idle_since", "vcpus", "disk")
    assert sorted(tuple(_plain(row[name]) for name in names) for row in found) == [
        ("floating_ip", "f1", "10.0.0.1", "tea", "2024-01-01 00:00:00", None, None),
        ("instance", "i1", "sleeper", "tea", "2024-03-01 12:00:00", 4, 30),
        ("volume", "v1", None, "tea", "2024-01-01 00:00:00", None, 100),
    ]
    asked = tea.ask("idle", as_of="2024-10-01", days=0)
    same = {(row["kind"], row["id"], str(row["idle_since"])) for row in asked}
    assert same == {(row["kind"], row["id"], _plain(row["idle_since"])) for row in found} - {
        ("floating_ip", "f1", "2024-01-01 00:00:00")
    }


def _plain(value: Any) -> Any:
    """A time as text, which is what SQLite gives."""
    return str(value) if isinstance(value, datetime) else value


def test_a_volume_has_a_row_for_each_living_attachment(tea: Warehouse) -> None:
    tea.put("volume_type", {"id": "t", "name": "ssd"})
    tea.put("volume", {"id": "v", "display_name": "attic", "project_id": "p1", "volume_type": "t", "attached": True})
    tea.put("instance", {"id": "i1", "name": "house", "cell_name": "c"})
    to = {"volume_id": "v"}
    tea.put("volume_attachment", {**to, "id": "a1", "instance_id": "i1"}, {**to, "id": "a2", "attached_host": "h"})
    tea.put("volume_attachment", {**to, "id": "a3", "active": False}, {"id": "a4", "volume_id": "unknown"})

    found = sorted(rows(tea, "volume_attached_to"), key=lambda row: str(row["instance_id"]))

    assert [(row["volume_name"], row["volume_type"], row["project"]) for row in found] == [("attic", "ssd", "tea")] * 2
    assert [(row["instance_name"], row["attached_host"]) for row in found] == [(None, "h"), ("house", None)]


def test_a_resize_tells_both_flavours_by_name(tea: Warehouse) -> None:
    tea.put("flavour", {"id": 1, "name": "small", "vcpus": 1}, {"id": 2, "name": "large", "vcpus": 8, "active": False})
    tea.put("instance", {"id": "i1", "name": "house", "project_id": "p1", "cell_name": "c"})
    move = {"cell_name": "c", "instance_id": "i1", "old_flavour": 1, "new_flavour": 2, "status": "confirmed"}
    tea.put("migration", {**move, "id": 1, "type": "resize"}, {**move, "id": 2, "type": "live-migration"})

    (found,) = rows(tea, "instance_resize")

    assert [found[name] for name in ("name", "project", "old_flavour", "new_flavour")] == [
        *("house", "tea", "small", "large")
    ]
    assert (found["old_vcpus"], found["new_vcpus"]) == (1, 8)


def test_a_source_that_failed_or_was_never_read_whole_is_stale(warehouse: Warehouse) -> None:
    state = {"source": "region", "loaded": True, "cursors": "{}"}
    warehouse.put("sync_state", {**state, "table_name": "fresh"}, {**state, "table_name": "new", "loaded": False})
    warehouse.put("sync_state", {**state, "table_name": "broken", "failed_at": at("03-01 00:00"), "problem": "gone"})

    found = rows(warehouse, "stale_source")

    assert {(row["table_name"], row["problem"]) for row in found} == {("new", None), ("broken", "gone")}
