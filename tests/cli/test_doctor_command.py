"""`doctor` and `grants` as they are called."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from reporting_pollster.demo import build
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings file of a small sample cloud."""
    directory = tmp_path_factory.mktemp("demo")
    cloud = build(directory, now=datetime(2026, 9, 30, 12), instances=100)
    store = f"sqlite:///{directory}/reporting.sqlite"
    engine = create_store_engine(store)
    upgrade(engine)
    engine.dispose()
    settings = directory / "demo.conf"
    settings.write_text(cloud.settings_text(store))
    return settings


def test_a_sample_cloud_is_healthy(run: Run, demo: Path) -> None:
    result = run("--config-file", demo, "doctor")

    assert (result.status, result.err) == (0, "no problems, no warnings.\n")
    assert "every table and column that is read is there" in result.out


def test_a_problem_is_exit_status_1(run: Run, demo: Path, tmp_path: Path) -> None:
    settings = tmp_path / "broken.conf"
    broken = demo.read_text().replace("glance.sqlite", "nowhere.sqlite").partition("[cell:cell3]")[0]
    settings.write_text(broken.replace("cell2, cell3", "cell2"))

    result = run("--config-file", settings, "doctor", "--format", "json")

    problems = [finding for finding in json.loads(result.out) if finding["level"] == "problem"]
    assert (result.status, result.err) == (1, "2 problems, no warnings.\n")
    assert [(finding["subject"], finding["check"]) for finding in problems] == [
        ("glance", "connection"),
        ("cells", "configuration"),
    ]
    assert problems[0]["next_step"].startswith("check [glance] connection")
    assert problems[1]["finding"].startswith("cell3 (")
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_grants_are_sql_that_says_where_it_works(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.conf").touch()

    result = run("--config-file", tmp_path / "empty.conf", "grants", "--create", "--user", "poller", "--host", "10.%")

    lines = result.out.splitlines()
    statements = [line for line in lines if line and not line.startswith("-- ")]
    assert result.status == 0
    assert statements[0] == "CREATE USER IF NOT EXISTS 'poller'@'10.%' IDENTIFIED BY 'CHANGE-ME';"
    assert all(line.startswith("GRANT SELECT (`") for line in statements[1:])
    assert "GRANT SELECT (`use_quota`) ON `cinder`.`volumes` TO 'poller'@'10.%'; -- 2022.2 and later" in lines
    assert "-- cell:cell0: database nova_cell0" in lines


def test_grants_of_one_release_need_no_remarks_on_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.conf").touch()

    result = run("--config-file", tmp_path / "empty.conf", "grants", "--release", "2019.2", "--no-optional")

    assert result.status == 0
    assert "use_quota" not in result.out
    assert "later" not in result.out
    assert "shadow_" not in result.out


def test_grants_never_tell_a_password(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "test.conf"
    settings.write_text("[keystone]\nconnection = mysql://poller:s3cret@db1/identity\n")

    sql = run("--config-file", settings, "grants", "--create").out
    objects = json.loads(run("--config-file", settings, "grants", "--format", "json").out)

    assert "-- keystone: database identity on db1" in sql
    assert "s3cret" not in sql + str(objects)
    assert objects[0]["statement"].endswith("ON `identity`.`assignment` TO 'poller'@'%';")
    assert objects[0]["columns"] == ["actor_id", "inherited", "role_id", "target_id", "type"]


def test_a_name_that_no_server_would_understand_alike_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.conf").touch()

    result = run("--config-file", tmp_path / "empty.conf", "grants", "--user", "a\\'b")

    assert result.status == 2
    assert "backslash" in result.err
