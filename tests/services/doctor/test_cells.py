"""Nova's cells against the configured ones."""

from __future__ import annotations

from typing import Any

from reporting_pollster.entities.cell import CELL0
from tests.services.doctor.conftest import Patient


def cell(patient: Patient, name: str | None, **columns: Any) -> int:
    return patient.cloud.insert("nova_api", "cell_mappings", uuid=f"uuid of {name}", name=name, **columns)


def instances(patient: Patient, cell_id: int, count: int) -> None:
    rows = [{"instance_uuid": f"{cell_id}-{number}", "cell_id": cell_id, "project_id": "a"} for number in range(count)]
    patient.cloud.insert_many("nova_api", "instance_mappings", rows)


def test_a_cell_that_is_not_configured_is_a_problem_and_tells_what_is_missing(patient: Patient) -> None:
    instances(patient, cell(patient, "south"), 12)
    instances(patient, cell(patient, "west", disabled=1), 3)

    south, west = patient.complaints()

    assert (south.level, south.subject, south.check) == ("problem", "cells", "configuration")
    assert south.text == "south (12 instances) is not configured, so its instances are missing"
    assert west.text == "west (disabled, 3 instances) is not configured, so its instances are missing"
    assert south.next_step == "add it to [nova] cells, with a group [cell:NAME] and its connection"


def test_very_many_instances_are_not_all_counted(patient: Patient) -> None:
    instances(patient, cell(patient, "south"), 10_001)

    assert "south (10000 or more instances)" in patient.complaint().text


def test_a_cell_that_nova_does_not_know_is_a_problem(patient: Patient) -> None:
    patient.cloud.execute("nova_api", "DELETE FROM cell_mappings WHERE name = 'cell1'")

    assert patient.complaint().text == "nova knows no cell cell1"


def test_as_many_cells_by_other_names_are_a_warning(patient: Patient) -> None:
    patient.cloud.execute("nova_api", "UPDATE cell_mappings SET name = NULL, uuid = 'u1' WHERE name = 'cell1'")

    finding = patient.complaint()

    assert (finding.level, finding.check) == ("warning", "names")
    assert finding.text == "nova calls them the cell without a name (u1), the settings cell1"


def test_cell0_is_known_by_its_uuid(patient: Patient) -> None:
    patient.cloud.execute("nova_api", "UPDATE cell_mappings SET name = NULL WHERE uuid = %s", (CELL0,))
    assert patient.complaints() == []

    patient.configure("cell0")
    (finding,) = patient.complaints()

    assert (finding.level, finding.check) == ("problem", "configuration")
    assert CELL0 in finding.text


def test_two_cells_with_one_database_are_a_problem(patient: Patient) -> None:
    patient.configure("cell0", database=patient.cloud.database("nova_cell1"))

    finding = patient.complaint()

    assert (finding.level, finding.check) == ("problem", "connections")
    assert finding.text == "cell1, cell0 have the same database, so its instances would count twice"
