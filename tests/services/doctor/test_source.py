"""What the doctor says of a source database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.openstack import RELEASES
from tests.services import reader
from tests.services.doctor.conftest import Patient


@pytest.mark.parametrize("release", [RELEASES[0], RELEASES[-1]])
def test_nothing_is_wrong_with_a_healthy_cloud(admit: Callable[..., Patient], release: str) -> None:
    patient = admit(release)

    findings = patient.examine()

    assert [finding for finding in findings if finding.level != "ok"] == []
    assert patient.found("cell:cell1", "release") == "looks like " + (
        "2019.2 or 2022.2" if release == "2019.2" else "2026.2 or later"
    )
    subjects = {"settings", "reporting", *patient.settings.databases, "cell:cell0", "cell:cell1", "cells"}
    assert {finding.subject for finding in findings} == subjects
    assert "MariaDB" in patient.found("keystone", "connection")


def test_a_source_that_does_not_answer_keeps_no_other_from_being_examined(patient: Patient) -> None:
    patient.configure("glance", port=1)
    patient.configure("cinder", password="s3cr3t-and-wrong")

    findings = sorted(patient.complaints(), key=lambda finding: finding.subject)

    assert [(each.level, each.subject, each.check) for each in findings] == [
        ("problem", "cinder", "connection"),
        ("problem", "glance", "connection"),
    ]
    assert "Access denied" in findings[0].text
    assert findings[1].next_step == "check [glance] connection, and that the server answers"
    assert "s3cr3t" not in str(findings)


def test_a_database_that_is_not_configured_is_a_problem(patient: Patient) -> None:
    patient.configure("cinder")

    finding = patient.complaint()

    assert (finding.level, finding.subject) == ("problem", "settings")
    assert "[cinder] connection is not set" in finding.text


@pytest.mark.parametrize(
    ("granted", "told"),
    [
        ("INSERT ON `{cinder}`.`volumes`", ["INSERT on {cinder}.volumes"]),
        ("ALL ON `{cinder}`.*", ["ALL PRIVILEGES on {cinder}.*"]),
        ("SELECT, LOCK TABLES ON `{cinder}`.*", ["LOCK TABLES on {cinder}.*"]),
    ],
)
def test_a_privilege_beyond_reading_is_a_problem(patient: Patient, granted: str, told: list[str]) -> None:
    patient.administer(f"GRANT {granted} TO {reader.READER}")

    finding = patient.complaint()

    beyond = ", ".join(told).format(cinder=patient.cloud.database("cinder"))
    assert (finding.level, finding.subject, finding.check) == ("problem", "cinder", "privileges")
    assert finding.text == f"the account may do more than read: {beyond}"
    assert "PASSWORD" not in str(patient.examine())


def test_a_privilege_that_comes_with_a_role_counts(patient: Patient) -> None:
    patient.administer("CREATE OR REPLACE ROLE writers")
    patient.administer("GRANT UPDATE ON `{glance}`.`images` TO writers")
    patient.administer(f"GRANT writers TO {reader.READER}")
    patient.administer(f"SET DEFAULT ROLE writers FOR {reader.READER}")

    finding = patient.complaint()
    patient.administer("DROP ROLE writers")

    assert (finding.level, finding.subject) == ("problem", "glance")
    assert "UPDATE" in finding.text


def test_to_read_everything_is_more_than_needed(patient: Patient) -> None:
    patient.administer(f"GRANT SELECT ON `{{keystone}}`.* TO {reader.READER}")

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("warning", "keystone", "privileges")


def test_what_the_account_may_do_elsewhere_is_no_concern(patient: Patient) -> None:
    patient.administer(f"GRANT ALL ON mysql.* TO {reader.READER}")
    patient.administer(f"GRANT PROCESS, SHOW DATABASES ON *.* TO {reader.READER}")

    assert patient.complaints() == []


def test_a_column_that_cannot_be_read_is_named_with_those_who_need_it(patient: Patient) -> None:
    patient.administer(f"REVOKE SELECT (hostname) ON `{{nova_cell1}}`.instances FROM {reader.READER}")
    patient.administer(f"REVOKE SELECT (type) ON `{{keystone}}`.service FROM {reader.READER}")

    keystone, cell = patient.complaints()

    assert (cell.level, cell.subject, cell.check) == ("problem", "cell:cell1", "tables")
    assert cell.text == "not readable: instances.hostname (needed for instance)"
    assert keystone.text == "not readable: service.type (needed for project, quota)"
    assert "reporting-pollster grants" in str(cell.next_step)


def test_a_table_that_cannot_be_read_is_named(patient: Patient) -> None:
    patient.cloud.execute("nova_api", "DROP TABLE quotas")

    finding = patient.complaint()

    assert (finding.level, finding.text) == ("problem", "not readable: quotas (needed for project, quota)")


def test_what_can_be_done_without_is_a_warning(patient: Patient) -> None:
    columns = "migrations"
    patient.administer(f"REVOKE SELECT (cross_cell_move) ON `{{nova_cell1}}`.{columns} FROM {reader.READER}")
    granted = next(grant for grant in reader.grants_of(patient.cloud) if grant.table == "shadow_instances")
    patient.administer(
        f"REVOKE SELECT ({', '.join(granted.columns)}) ON `{{nova_cell1}}`.shadow_instances FROM {reader.READER}"
    )

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("warning", "cell:cell1", "tables")
    assert finding.text == "not readable, and done without: migrations.cross_cell_move, shadow_instances"


def test_an_account_that_sees_no_table_is_a_problem(patient: Patient) -> None:
    patient.cloud.server.create_user("stranger", f"SHOW VIEW ON `{patient.cloud.database('heat')}`.*")
    stranger = patient.cloud.url("heat", user="stranger")
    patient.configure("heat", username="stranger", password=stranger.split(":")[2].split("@")[0])

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.text) == ("problem", "heat", "no table can be read")


def test_an_unencrypted_connection_to_another_host_is_a_warning(patient: Patient) -> None:
    patient.configure("neutron", host="127.1")  # this host, but not by a name for it

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("warning", "neutron", "encryption")
    assert finding.next_step == "set tls_ca in [neutron]"


@contextmanager
def clock_of_reader(patient: Patient, ahead: int) -> Iterator[None]:
    """A server whose clock is off, for everyone but the administrator."""
    patient.administer(f"SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + {ahead}'")
    try:
        yield
    finally:
        patient.administer("SET GLOBAL init_connect = ''")


@pytest.mark.parametrize(
    ("ahead", "told"), [(3600, "s ahead of this host's"), (-200, "s behind this host's"), (60, None)]
)
def test_a_clock_that_is_off_by_more_than_half_the_overlap_is_a_warning(
    patient: Patient, ahead: int, told: str | None
) -> None:
    with clock_of_reader(patient, ahead):
        findings = patient.complaints()

    clocks = [finding for finding in findings if "this host" in finding.text]
    assert len(clocks) == (0 if told is None else len(patient.settings.databases) + 2)
    assert all(told is not None and told in finding.text and finding.check == "clock" for finding in clocks)


def test_rows_from_the_future_are_told(patient: Patient) -> None:
    patient.cloud.execute("glance", "UPDATE images SET updated_at = UTC_TIMESTAMP() + INTERVAL 1 DAY")

    finding = patient.complaint()

    assert (finding.level, finding.subject, finding.check) == ("warning", "glance", "clock")
    assert finding.text.startswith("images.updated_at reaches 86")


def test_a_long_transaction_is_told_where_it_can_be_seen(patient: Patient) -> None:
    patient.sync_settings(overlap_seconds=0)
    writer = patient.cloud.connect("cinder", autocommit=False)
    with writer, writer.cursor() as cursor:
        cursor.execute("UPDATE volumes SET size = 8")
        time.sleep(1.2)
        unseen = patient.found("cinder", "privileges")
        without = [finding for finding in patient.complaints() if finding.check == "transactions"]
        patient.administer(f"GRANT PROCESS ON *.* TO {reader.READER}")
        seen = [finding.subject for finding in patient.complaints() if finding.check == "transactions"]
        writer.rollback()

    assert unseen == "the account may only read"
    assert without == []
    assert "cinder" in seen


def test_a_replica_that_has_stopped_is_a_problem(patient: Patient) -> None:
    patient.administer(f"GRANT SLAVE MONITOR ON *.* TO {reader.READER}")
    patient.administer("CHANGE MASTER TO master_host = '127.0.0.1', master_user = 'nobody'")
    try:
        findings = patient.complaints()
    finally:
        patient.administer("RESET SLAVE ALL")

    assert {finding.text for finding in findings} == {"this replica has stopped following"}
    assert {finding.level for finding in findings} == {"problem"}


def test_a_large_table_that_is_read_whole_is_told(patient: Patient) -> None:
    rows = [
        {"uuid": f"{number:036}", "deleted": number, "created_at": "2024-01-01", "updated_at": "2024-01-01"}
        for number in range(1, 12_000)
    ]
    patient.cloud.insert_many("nova_cell1", "instances", rows)
    patient.cloud.insert_many("nova_cell1", "instance_extra", [{"instance_uuid": row["uuid"]} for row in rows])
    patient.administer("ANALYZE TABLE `{nova_cell1}`.instances PERSISTENT FOR ALL")
    before = patient.found("cell:cell1", "indexes")

    patient.cloud.execute("nova_cell1", "ALTER TABLE instances DROP INDEX instances_updated_at_project_id_idx")
    finding = patient.complaint()

    assert before == "no statement of a cycle reads a large table whole"
    assert (finding.level, finding.subject, finding.check) == ("warning", "cell:cell1", "indexes")
    assert "rows of instances are read whole in each cycle" in finding.text
    assert "what changed by updated_at" in finding.text
