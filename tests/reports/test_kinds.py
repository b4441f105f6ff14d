"""Usage of every kind of resource, by hand; and volumes with their periods."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reporting_pollster.reports import report_named
from tests.reports.warehouse import Warehouse, at

HOUR = 3600
DAY = 24 * HOUR
KINDS = ("instance", "volume", "snapshot", "backup", "image", "floating_ip")


@pytest.fixture
def kinds(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse in which one resource of each kind lived from 10:15 on October 1st to noon of the 3rd."""
    lived: dict[str, Any] = {
        "id": "r1",
        "project_id": "p1",
        "valid_from": at("10-01 10:15"),
        "valid_to": at("10-03 12:00"),
    }
    put = warehouse.put
    put("volume_type", {"id": "t1", "name": "fast"})
    put("volume", {"id": "r1", "user_id": "ada", "attached": False, "display_name": "attic"})
    put("image", {"id": "r1"})
    put("instance_period", {**lived, "vcpus": 2, "memory": 4096, "created_by": "bob", "flavour_name": "small"})
    put("volume_period", {**lived, "size": 100, "attached": False, "volume_type": "t1", "availability_zone": "nova"})
    put("snapshot_period", {**lived, "size": 10, "volume_type": "t2"})
    put("backup_period", {**lived, "size": 20})
    put("image_period", {**lived, "size": 2**20 + 1})
    put("floating_ip_period", {**lived, "address": "192.0.2.7", "attached": False})
    for day, seconds in ((1, 13 * HOUR + 45 * 60), (2, DAY)):
        used = {"day": date(2024, 10, day), "project_id": "p1", "state": "active", "seconds": seconds}
        none = {**used, "type": "", "availability_zone": ""}
        instance = {"type": "small", "vcpu_seconds": 2 * seconds, "memory_mb_seconds": 4096 * seconds}
        put("usage_day", {**none, "kind": "instance", **instance})
        volume = {"type": "fast", "availability_zone": "nova", "size_gb_seconds": 100 * seconds}
        put("usage_day", {**none, "kind": "volume", **volume})
        put("usage_day", {**none, "kind": "snapshot", "type": "t2", "size_gb_seconds": 10 * seconds})
    warehouse.read_until(at("10-04 00:00"))
    warehouse.added_up_to(date(2024, 10, 2), *KINDS[:3])
    warehouse.added_up_to(date(2024, 9, 30), *KINDS[3:])  # these must come from their periods
    return warehouse


SECONDS = 13 * HOUR + 45 * 60 + DAY + 12 * HOUR
EXPECTED = {
    "instance_seconds": SECONDS,
    "vcpu_seconds": 2 * SECONDS,
    "memory_mb_seconds": 4096 * SECONDS,
    "root_gb_seconds": 0,
    "ephemeral_gb_seconds": 0,
    "volume_seconds": SECONDS,
    "volume_gb_seconds": 100 * SECONDS,
    "snapshot_gb_seconds": 10 * SECONDS,
    "backup_gb_seconds": 20 * SECONDS,
    "image_mb_seconds": 2 * SECONDS,
    "floating_ip_seconds": SECONDS,
}


@pytest.mark.parametrize("known", [{}, {"as_known_at": "2024-10-04"}], ids=["days", "periods"])
def test_each_kind_counts_its_own(kinds: Warehouse, known: dict[str, str]) -> None:
    (row,) = kinds.ask("usage", month="2024-10", **known)

    assert {name: row[name] for name in EXPECTED} == EXPECTED


def test_parts_add_up_by_every_key(kinds: Warehouse) -> None:
    for by in report_named("usage").by:
        rows = kinds.ask("usage", month="2024-10", by=by)

        assert {name: sum(row[name] for row in rows) for name in EXPECTED} == EXPECTED, by


def test_a_user_has_what_was_created(kinds: Warehouse) -> None:
    rows = {row["user_id"]: row for row in kinds.ask("usage", month="2024-10", by="user")}

    assert rows.keys() == {"ada", "bob", ""}
    assert (rows["ada"]["volume_seconds"], rows["bob"]["instance_seconds"]) == (SECONDS, SECONDS)


def test_volume_types_have_the_names_that_they_had(kinds: Warehouse) -> None:
    asked = {"month": "2024-10", "by": "volume-type"}
    kinds.put(
        "volume_type_history",
        {"id": "t1", "name": "fast", "known_from": at("01-01 00:00"), "known_to": at("11-01 00:00")},
    )
    kinds.change("volume_type", {"id": "t1"}, name="slow", known_from=at("11-01 00:00"))

    then = {
        row["volume_type"]: row["volume_gb_seconds"] for row in kinds.ask("usage", **asked, as_known_at="2024-10-04")
    }

    assert then == {"fast": 100 * SECONDS, "t2": 0, "": 0}


def test_volumes_with_their_periods_have_the_same_hours(kinds: Warehouse) -> None:
    (row,) = kinds.ask("volumes", from_="2024-10-01T11:15:00", to="2024-11-01")

    assert (row["name"], row["volume_type"], row["attached"]) == ("attic", "fast", False)
    assert (row["seconds"], row["gb_seconds"]) == (SECONDS - HOUR, 100 * (SECONDS - HOUR))
