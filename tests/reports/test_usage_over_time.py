"""Use over time: the largest have rows of their own, and all rows add up to what was used."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from reporting_pollster.reports.consumption import NAMES
from tests.reports.warehouse import Warehouse, at

LARGE = {"p0": 32, "p1": 16, "p2": 8}  # projects with the most vCPUs
DAYS = ("10-01", "10-02", "10-03")


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with ten projects, of which the last has nearly nothing but a large volume."""
    size = {"memory": 1024, "root": 10, "ephemeral": 0, "flavour_name": "m1", "valid_to": None}
    warehouse.put(
        "instance_period",
        *(
            {"id": f"i{number}", "project_id": f"p{number}", "vcpus": LARGE.get(f"p{number}", 1), **size}
            for number in range(10)
        ),
        valid_from=at("10-01 12:00"),
        availability_zone="north",
    )
    volume = {
        "id": "v",
        "project_id": "p9",
        "size": 5000,
        "attached": False,
        "valid_from": at("10-02 00:00"),
        "valid_to": None,
    }
    warehouse.put("volume_period", volume)
    warehouse.put("project", id="p0", display_name="tea", enabled=True, personal=False, has_instances=True)
    warehouse.read_until(at("10-04 00:00"))
    return warehouse


SPAN = {"from_": "2024-10-01", "to": "2024-10-04"}


def test_what_is_among_the_largest_has_rows_of_its_own(filled: Warehouse) -> None:
    rows = filled.ask("usage-over-time", by="project-day", top=2, **SPAN)

    own = defaultdict(dict)
    for row in rows:
        own[row["project_id"]][row["day"]] = row["vcpu_seconds"] // 3600
    first, second, third = (date.fromisoformat(f"2024-{day}") for day in DAYS)
    assert own["p0"] == {first: 384, second: 768, third: 768}
    assert {"p0", "p1", "p9", None} <= own.keys()  # p9 is the first by volumes
    assert "p2" not in own
    assert [row["project"] for row in rows if row["project_id"] == "p0"] == ["tea"] * 3
    assert {row["project_id"]: row["others"] for row in rows}[None] is True
    assert not any(row["others"] for row in rows if row["project_id"] is not None)


@pytest.mark.parametrize("by", ["project", "flavour", "zone"])
@pytest.mark.parametrize("step", ["day", "month"])
def test_the_rows_add_up_to_what_was_used(filled: Warehouse, by: str, step: str) -> None:
    whole = filled.ask("usage", by=step, **SPAN)

    parts = filled.ask("usage-over-time", by=f"{by}-{step}", top=1, **SPAN)

    added: dict[object, dict[str, int]] = defaultdict(lambda: dict.fromkeys(NAMES, 0))
    for row in parts:
        for name in NAMES:
            added[row[step]][name] += row[name]
    assert added == {row[step]: {name: row[name] for name in NAMES} for row in whole}


def test_with_room_for_all_there_are_no_others(filled: Warehouse) -> None:
    rows = filled.ask("usage-over-time", by="zone-month", top=10, **SPAN)

    assert {(row["month"], row["zone"], row["others"]) for row in rows} == {
        ("2024-10", "north", False),
        ("2024-10", "", False),
    }
