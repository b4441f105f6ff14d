"""What the doctor says of the reporting database and of what was left undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from reporting_pollster.config.settings import ReportingSettings
from reporting_pollster.store.engine import create_store_engine, writing
from reporting_pollster.store.lease import holding
from reporting_pollster.store.migration import upgrade
from tests.pollster import Pollster
from tests.servers import MariaDB
from tests.services import reader
from tests.services.doctor.conftest import Patient


def alter(patient: Patient, statement: str) -> None:
    with writing(patient.engine) as connection:
        connection.execute(text(statement))


@pytest.fixture
def synced(patient: Patient) -> Iterator[Pollster]:
    """A pollster that has filled the patient's reporting database."""
    pollster = Pollster(patient.cloud, patient.settings.reporting.connection)
    pollster.sources = reader.sources(patient.cloud)
    pollster.sync()
    yield pollster
    pollster.close()


def test_a_schema_of_another_version_is_a_problem(patient: Patient) -> None:
    alter(patient, "DELETE FROM reporting_schema_revision")

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("problem", "reporting", "schema")
    assert finding.next_step == "run reporting-db-sync"


def test_a_file_that_is_not_there_yet_is_not_made(patient: Patient, tmp_path: Path) -> None:
    reporting = ReportingSettings("sqlite:///not/yet.sqlite", group="reporting")
    patient.settings = replace(patient.settings, reporting=reporting, state_directory=tmp_path)

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("problem", "reporting", "connection")
    assert not (tmp_path / "not").exists()


def test_a_server_that_does_not_answer_is_a_problem(patient: Patient) -> None:
    patient.settings = replace(
        patient.settings, reporting=ReportingSettings("mysql+pymysql://u:s3cret@127.0.0.1:1/reporting")
    )
    patient.engine = create_store_engine(patient.settings.reporting.connection)

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("problem", "reporting", "connection")
    assert "s3cret" not in str(finding)


def test_an_account_that_may_not_write_is_a_problem(patient: Patient, mariadb: MariaDB) -> None:
    mariadb.create_database("seen")
    upgrade(create_store_engine(mariadb.url("seen")))
    mariadb.create_user("viewer", "SELECT ON seen.*")
    url = mariadb.url("seen", user="viewer")
    patient.settings = replace(patient.settings, reporting=ReportingSettings(url))
    patient.engine = create_store_engine(url)

    finding = patient.complaint()
    mariadb.drop_database("seen")

    assert (finding.level, finding.subject, finding.check) == ("problem", "reporting", "writing")
    assert "denied" in finding.text


def test_the_writer_is_named(patient: Patient) -> None:
    with holding(patient.engine) as held:
        told = patient.found("reporting", "writer")

    assert told.startswith(f"{held.holder} is the writer")
    assert patient.found("reporting", "writer") == "nobody is writing"


def test_nothing_is_left_behind(patient: Patient) -> None:
    patient.examine()

    with patient.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM metadata")).scalar() == 0


def test_a_source_that_was_refused_is_a_problem(patient: Patient, synced: Pollster) -> None:
    patient.cloud.execute("keystone", "DELETE FROM project")
    synced.attempt()

    findings = [finding for finding in patient.complaints() if finding.check == "guard"]

    assert {finding.level for finding in findings} == {"problem"}
    assert any(
        "refused: domain (region), " in finding.text or "project (region)" in finding.text for finding in findings
    )
    assert all("--accept" in finding.text for finding in findings)


def test_a_source_that_failed_is_a_problem(patient: Patient, synced: Pollster) -> None:
    patient.cloud.execute("heat", "DROP TABLE stack")
    synced.sources.databases["heat"].__dict__.pop("tables")
    synced.attempt()

    last = [finding for finding in patient.complaints() if finding.check == "last sync"]

    assert [(finding.level, finding.subject) for finding in last] == [("problem", "reporting")]
    assert "not synced: stack (region): " in last[0].text


def test_a_source_that_nobody_reads_any_more_is_stale(patient: Patient, synced: Pollster) -> None:
    assert patient.found("reporting", "freshness").startswith("all ")
    alter(patient, "UPDATE sync_state SET succeeded_at = '2026-01-01 00:00:00' WHERE table_name = 'image'")

    (finding,) = [finding for finding in patient.complaints() if finding.check == "freshness"]

    assert (finding.level, finding.text) == ("warning", "not read for more than 900 s: image (region)")


def test_rows_put_aside_are_counted(patient: Patient, synced: Pollster) -> None:
    patient.cloud.execute("cinder", "UPDATE volumes SET size = -5")
    synced.sync("volume")

    (finding,) = [finding for finding in patient.complaints() if finding.check == "quarantine"]

    assert (finding.level, finding.subject) == ("warning", "reporting")
    assert "volume (region) 1" in finding.text
