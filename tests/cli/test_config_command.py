"""`config`: what an operator sees of the settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reporting_pollster.config.sample import sample
from tests.cli.conftest import Ended, Run

COMPLETE = """
[keystone]
connection = mysql+pymysql://reporting:s3cret@db1/keystone
[nova_api]
connection = mysql+pymysql://reporting:s3cret@db1/nova_api
[cinder]
connection = mysql+pymysql://reporting:s3cret@db1/cinder
[glance]
connection = mysql+pymysql://reporting:s3cret@db1/glance
[nova]
cells = cell0, cell1
[cell:cell0]
connection = mysql+pymysql://reporting:s3cret@db1/nova_cell0
[cell:cell1]
connection = mysql+pymysql://reporting:s3cret@db2/nova
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pollster.conf"
    path.write_text(COMPLETE)
    return path


def test_the_sample_is_printed_whole(run: Run) -> None:
    assert run("config", "sample") == Ended(0, sample(), "")


def test_complete_settings_pass_the_check(run: Run, file: Path) -> None:
    result = run("--config-file", file, "config", "check")

    assert (result.status, result.out) == (0, f"The settings are complete ({file}).\n")


def test_incomplete_settings_fail_the_check(run: Run, file: Path) -> None:
    file.write_text(COMPLETE.replace("[glance]\nconnection", "[glance]\n#connection"))

    result = run("--config-file", file, "config", "check")

    assert (result.status, result.out) == (2, "")
    assert result.err == (
        f"Error: [glance] connection is not set in {file}; "
        "write connection = mysql+pymysql://USER:PASSWORD@HOST/glance there, below [glance]\n"
    )


def test_show_tells_each_value_and_its_origin_but_no_secret(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OS_SYNC__READERS", "7")

    result = run("--config-file", file, "config", "show", "--format", "json")

    rows = {(row["group"], row["option"]): (row["value"], row["origin"]) for row in json.loads(result.out)}
    assert rows["cell:cell1", "connection"] == ("mysql+pymysql://reporting:***@db2/nova", str(file))
    assert rows["nova", "cells"] == (["cell0", "cell1"], str(file))
    assert rows["sync", "readers"] == (7, "OS_SYNC__READERS")
    assert rows["DEFAULT", "log_json"] == (False, "default")
    assert ("heat", "connection") not in rows
    assert "s3cret" not in result.out + result.err


def test_show_is_a_table_for_people(run: Run, file: Path) -> None:
    result = run("--config-file", file, "config", "show")

    lines = [line.split() for line in result.out.splitlines()]
    assert lines[0] == ["group", "option", "value", "origin"]
    assert ["glance", "connection", "mysql+pymysql://reporting:***@db1/glance", str(file)] in lines
    assert ["nova", "cells", "cell0,", "cell1", str(file)] in lines
    assert ["DEFAULT", "log_json", "false", "default"] in lines


@pytest.mark.parametrize(
    "written",
    ["connection = reporting:s3cret@db1", "connection = mysql://u:s3@cret@h", "connection_file = mysql://u:s3cret@h/d"],
)
def test_show_hides_passwords_in_settings_that_are_refused(run: Run, file: Path, written: str) -> None:
    file.write_text(f"[heat]\n{written}\n")

    result = run("--config-file", file, "config", "show")

    assert result.status == 0
    assert "***" in result.out
    assert "cret" not in result.out + result.err
