"""Settings: what may be written where, what wins, and the one line that says what is wrong."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reporting_pollster.config import DatabaseSettings, Settings, SyncSettings, load
from reporting_pollster.config.reading import read
from reporting_pollster.errors import SettingsError

COMPLETE = """
[keystone]
connection = mysql+pymysql://reporting:secret@db1/keystone
[nova_api]
connection = mysql+pymysql://reporting:secret@db1/nova_api
[cinder]
connection = mysql+pymysql://reporting:secret@db1/cinder
[glance]
connection = mysql+pymysql://reporting:secret@db1/glance
[nova]
cells = cell0, cell1
[cell:cell0]
connection = mysql+pymysql://reporting:secret@db1/nova_cell0
[cell:cell1]
connection = mysql+pymysql://reporting:secret@db2/nova
read_timeout = 60
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a settings file and gives its path."""

    def write_file(text: str, name: str = "pollster.conf") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write_file


def load_alone(*files: Path, **environment: str) -> Settings:
    return load(files, environment=environment)


def complaint(*files: Path, **environment: str) -> str:
    """What loading says is wrong, which is always one line without a secret."""
    with pytest.raises(SettingsError) as caught:
        load_alone(*files, **environment)
    text = str(caught.value)
    assert "\n" not in text
    assert "secret" not in text
    return text


def test_every_setting_has_a_default(write: Write) -> None:
    settings = load_alone(write(""))

    assert settings.region == "RegionOne"
    assert settings.state_directory == Path("/var/lib/reporting-pollster")
    assert settings.reporting.connection == "sqlite:////var/lib/reporting-pollster/reporting.sqlite"
    assert (settings.reporting.connect_timeout, settings.reporting.read_timeout) == (10, 600)
    assert settings.databases == {}
    assert settings.cells == {}
    assert settings.sync == SyncSettings()


def test_the_reporting_database_lies_in_the_state_directory(write: Write) -> None:
    settings = load_alone(write("[DEFAULT]\nstate_directory = /srv/pollster\n"))

    assert settings.reporting.connection == "sqlite:////srv/pollster/reporting.sqlite"


def test_sources_and_cells_are_those_that_are_configured(write: Write) -> None:
    settings = load_alone(write(COMPLETE))

    assert list(settings.databases) == ["keystone", "nova_api", "cinder", "glance"]
    assert list(settings.cells) == ["cell0", "cell1"]
    assert settings.cells["cell1"] == DatabaseSettings(
        "mysql+pymysql://reporting:secret@db2/nova", group="cell:cell1", read_timeout=60
    )
    assert settings.cells["cell1"].url.host == "db2"
    settings.require_sources()


def test_settings_never_show_a_connection(write: Write) -> None:
    file = write(COMPLETE)

    assert "db1" not in repr(load_alone(file))
    assert "db1" not in repr(read([file], environment={}))


@pytest.mark.parametrize("group", ["keystone", "nova_api", "cinder", "glance"])
def test_a_sync_needs_each_of_the_main_sources(write: Write, group: str) -> None:
    file = write(COMPLETE.replace(f"[{group}]\nconnection", f"[{group}]\n#connection"))

    with pytest.raises(SettingsError) as caught:
        load_alone(file).require_sources()

    assert f"[{group}] connection is not set in {file}; write connection = " in str(caught.value)


def test_a_sync_needs_a_cell(write: Write) -> None:
    file = write(COMPLETE.partition("[nova]")[0])

    with pytest.raises(SettingsError, match=r"\[nova\] cells is empty in .*; write cells = cell0, cell1"):
        load_alone(file).require_sources()


# --- what wins ---


def test_a_later_file_wins_and_the_environment_over_all(write: Write, tmp_path: Path) -> None:
    first = write("[sync]\npage_rows = 1\nreaders = 1\nanchors = 1\n")
    write("[sync]\nreaders = 2\nanchors = 2\n", "conf.d/20-b.conf")
    write("[sync]\nreaders = 9\n", "conf.d/10-a.conf")
    write("[sync]\nreaders = 99\n", "conf.d/30-c.conf.bak")

    reading = read([first], [tmp_path / "conf.d"], environment={"OS_SYNC__ANCHORS": "3"})

    effective = {name: (value.value, value.origin) for name, value in reading.groups["sync"].items()}
    assert effective["page_rows"] == (1, str(first))
    assert effective["readers"] == (2, str(tmp_path / "conf.d/20-b.conf"))
    assert effective["anchors"] == (3, "OS_SYNC__ANCHORS")
    assert effective["sweep_hours"] == (24, "default")
    assert reading.files == (first, tmp_path / "conf.d/10-a.conf", tmp_path / "conf.d/20-b.conf")


def test_a_variable_may_name_the_file(write: Write) -> None:
    file = write("[region]\nname = melbourne\n")

    settings = load(environment={"REPORTING_POLLSTER_CONFIG": str(file)})

    assert (settings.region, settings.files) == ("melbourne", (file,))


def test_a_file_that_is_named_counts_more_than_the_variable(write: Write) -> None:
    file, other = write("[region]\nname = melbourne\n"), write("[region]\nname = sydney\n", "other.conf")

    settings = load([file], environment={"REPORTING_POLLSTER_CONFIG": str(other)})

    assert settings.region == "melbourne"


def test_the_environment_may_hold_everything() -> None:
    settings = load(
        [Path(os.devnull)],
        environment={
            "OS_KEYSTONE__CONNECTION": "sqlite:////tmp/keystone.sqlite",
            "OS_NOVA__CELLS": "cell1",
            "OS_CELL_CELL1__CONNECTION": "sqlite:////tmp/nova.sqlite",
            "OS_DEFAULT__LOG_JSON": "yes",
        },
    )

    assert settings.databases["keystone"].connection == "sqlite:////tmp/keystone.sqlite"
    assert settings.cells["cell1"].connection == "sqlite:////tmp/nova.sqlite"
    assert settings.log.log_json is True


def test_the_process_environment_is_read_unless_another_is_given(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_REGION__NAME", "from-process")
    file = write("")

    assert load([file]).region == "from-process"
    assert load([file], environment={}).region == "RegionOne"


def test_two_loads_have_nothing_in_common(write: Write) -> None:
    load_alone(write(COMPLETE))

    assert load_alone(write("", "empty.conf")).cells == {}


def test_group_names_may_be_written_in_capitals_but_cells_keep_their_case(write: Write) -> None:
    settings = load_alone(
        write("[Glance]\nconnection = sqlite:///g\n[nova]\ncells = Paris\n[cell:Paris]\nconnection = sqlite:///p\n")
    )

    assert settings.databases["glance"].connection == "sqlite:///g"
    assert list(settings.cells) == ["Paris"]


def test_a_doubled_dollar_is_a_dollar(write: Write) -> None:
    settings = load_alone(write("[glance]\nconnection = mysql://u:pa$$word@h/glance\n"))

    assert settings.databases["glance"].url.password == "pa$word"


# --- secrets in files of their own ---


def test_a_connection_may_be_kept_in_a_file(write: Write) -> None:
    secret = write("mysql://u:p$w@h/glance\n", "glance-url")

    settings = load_alone(write(f"[glance]\nconnection_file = {secret}\n"))

    assert settings.databases["glance"].connection == "mysql://u:p$w@h/glance"


def test_a_relative_connection_file_is_a_systemd_credential(write: Write, tmp_path: Path) -> None:
    write("sqlite:////tmp/reporting.sqlite", "credentials/reporting")
    file = write("[reporting]\nconnection_file = reporting\n")

    settings = load_alone(file, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"))

    assert settings.reporting.connection == "sqlite:////tmp/reporting.sqlite"
    assert "is a relative path and CREDENTIALS_DIRECTORY is not set" in complaint(file)


def test_a_connection_file_must_be_there_and_hold_a_url(write: Write, tmp_path: Path) -> None:
    empty, nonsense = write("\n", "empty"), write("mysql:secret@", "nonsense")

    for path, expected in {
        tmp_path / "missing": f"cannot read {tmp_path}/missing, which [glance] connection_file in ",
        tmp_path: "Is a directory",
        empty: "[glance] connection is not set",
        nonsense: f"the URL in {nonsense}, [glance] connection_file in ",
        "mysql://u:secret@h/d": "[glance] connection_file in ",
    }.items():
        assert expected in complaint(write(f"[glance]\nconnection_file = {path}\n"))


def test_a_connection_is_written_once(write: Write) -> None:
    file = write("[glance]\nconnection_file = /x\nconnection = sqlite:///secret\n")

    assert f"[glance] has connection in {file} and connection_file in {file}; take one of them out" in complaint(file)


# --- what is wrong ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[glance]\nconection = mysql://u:secret@h/d",
            "option conection in group [glance] of {}; did you mean connection?",
        ),
        ("[glanse]\nconnection = mysql://u:secret@h/d", "unknown group [glanse] in {}; did you mean [glance]?"),
        ("[default]\nlog_file = x", "unknown group [default] in {}; did you mean [DEFAULT]?"),
        ("[xyzzy]\na = secret", "unknown group [xyzzy] in {}; known are "),
        ("[region]\nxyzzy = secret", "unknown option xyzzy in group [region] of {}; known are name"),
        ("[DEFAULT]\npage_rows = 5", "unknown option page_rows in group [DEFAULT] of {}; it belongs in [sync]"),
        ("[nova]\nconnection = mysql://u:secret@h/d", "it belongs in [reporting], [keystone]"),
        (
            "[nova]\ncells = c1\n[cell:c1]\nconnectoin = x\nconnection=sqlite:///x",
            "[cell:c1] of {}; did you mean connection?",
        ),
        ("[nova]\ncells = c1", "[cell:c1] connection is not set in {}; write connection = "),
        ("[nova]\ncells = c1\n[cell:c1]\nconnection =", "[cell:c1] connection is empty in {}; write connection = "),
        ("[nova]\ncells = c1, C1", "[nova] cells in {} names a cell twice"),
        (
            "[cell:c2]\nconnection = sqlite:///secret",
            "[cell:c2] in {} is the database of a cell that is not in [nova] cells",
        ),
        (
            "[nova]\ncells = melbourne\n[cell:melborne]\nconnection = sqlite:///x",
            "[cell:melborne] in {} is the database of a cell that is not in [nova] cells; did you mean melbourne?",
        ),
        ("[heat]\nconnection =", "[heat] connection is empty in {}; write connection = "),
        ("[heat]\nread_timeout = 5", "[heat] connection is not set in {}; write connection = "),
        ("[reporting]\nconnection =", "[reporting] connection is empty in {}"),
        ("[glance]\nconnection = mysql://u:secret@h:secret/d", "[glance] connection in {} is not a database URL"),
        ("[glance]\nconnection = secret", "[glance] connection in {} is not a database URL"),
        ("[glance]\nconnection = postgresql://u:secret@h/d", "[glance] connection in {} names a kind of database"),
        ("[glance]\nconnection = mysql://u:x$secret@h/d", "[glance] connection in {} has a $ that names no option"),
        ("[sync]\npage_rows = many", "[sync] page_rows = many in {} is not valid; write a whole number, at least 1"),
        ("[sync]\npage_rows = mysql://u:secret@h", "[sync] page_rows = mysql://u:***@h in {} is not valid"),
        ("[sync]\npage_rows = 0", "at least 1"),
        ("[sync]\npage_rows =", "[sync] page_rows is empty in {}"),
        ("[sync]\nsweep_share = 0", "[sync] sweep_share = 0 in {} would never"),
        ("[sync]\nguard_share = 1.5", "write a number, at least 0, at most 1"),
        ("[DEFAULT]\nlog_level = LOUD", "write one of DEBUG, INFO, WARNING, ERROR"),
        ("[DEFAULT]\nlog_json = perhaps", "write true or false"),
        ("[DEFAULT]\nstate_directory =", "[DEFAULT] state_directory is empty in {}"),
        ("[region]\nname =", "[region] name is empty in {}"),
        (
            "[glance]\nconnection = sqlite:///x\ntls_ca = /nowhere/ca",
            "cannot read /nowhere/ca, which [glance] tls_ca in {}",
        ),
        ("[glance]\nconnection = sqlite:///x\ntls_cert = /dev/null", "[glance] has only one of tls_cert and tls_key"),
        ("[glance\nconnection = secret", "line 1 of {} cannot be understood"),
        ("[glance]\nmysql//secret", "line 2 of {} cannot be understood"),
        ("connection = secret", "of {} cannot be understood"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(write: Write, text: str, expected: str) -> None:
    file = write(text)

    assert expected.format(file) in complaint(file)


def test_a_wrong_value_in_the_environment_is_named_by_its_variable(write: Write) -> None:
    said = complaint(write(""), OS_SYNC__READERS="some")

    assert said == "[sync] readers = some in OS_SYNC__READERS is not valid; write a whole number, at least 1"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin1.conf").write_bytes(b"[region]\nname = M\xfcnchen\n")

    assert f"cannot read the file {tmp_path}/no.conf: No such file" in complaint(tmp_path / "no.conf")
    assert f"cannot read the file {tmp_path}: Is a directory" in complaint(tmp_path)
    assert f"the file {tmp_path}/latin1.conf is not UTF-8 text" in complaint(tmp_path / "latin1.conf")
    with pytest.raises(SettingsError, match=r"cannot read the directory .*/no: No such file"):
        load((), [tmp_path / "no"], environment={})


def test_tls_is_on_when_any_option_asks_for_it() -> None:
    plain = DatabaseSettings("mysql://h/d")

    assert not plain.uses_tls
    assert dataclasses.replace(plain, tls_ca=Path("ca.pem")).uses_tls
    assert dataclasses.replace(plain, tls_verify=False).uses_tls
