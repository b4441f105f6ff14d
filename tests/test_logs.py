"""The log: its two forms, where it goes, and that no password gets into it."""

from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path

import pytest

from reporting_pollster import logs
from reporting_pollster.config import LogSettings
from reporting_pollster.errors import SettingsError

LOG = logging.getLogger("reporting_pollster.services.sync")
URL = "mysql+pymysql://nova:s3cret@db1/nova"


def fail_to_connect() -> None:
    raise ConnectionError(f"cannot connect to {URL}")


def test_a_record_is_one_line_of_time_level_logger_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings())

    LOG.info("synced table=%s rows=%d", "volume", 3)

    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO reporting_pollster\.services\.sync synced table=volume rows=3\n", err
    )


def test_times_are_utc(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings())
    record = logging.makeLogRecord({"msg": "x", "name": "reporting_pollster", "levelno": 20, "created": 0.0})

    logging.getLogger().handle(record)

    assert capsys.readouterr().err.startswith("1970-01-01T00:00:00Z ")


def test_a_line_break_in_a_value_makes_no_second_record(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings())

    LOG.warning("odd name=%s", "a\n2026-01-01T00:00:00Z ERROR forged")

    assert capsys.readouterr().err.count("\n") == 1


def test_as_json_the_values_have_members_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(log_json=True))

    LOG.info("synced %d%% of table=%s rows=%d level=%s", 50, "volume", 3, "mine")

    record = json.loads(capsys.readouterr().err)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.pop("time"))
    assert record == {
        "level": "INFO",
        "logger": "reporting_pollster.services.sync",
        "message": "synced 50% of table=volume rows=3 level=mine",
        "table": "volume",
        "rows": 3,
    }


@pytest.mark.parametrize("log_json", [False, True])
def test_no_part_of_a_record_holds_a_password(capsys: pytest.CaptureFixture[str], log_json: bool) -> None:
    logs.configure(LogSettings(log_json=log_json))

    LOG.warning(f"message {URL}")  # noqa: G004  # as careless code does
    LOG.warning("argument url=%s", URL)
    LOG.warning("mapping %(url)s", {"url": URL})
    LOG.warning("object %s", [URL, {"password": "s3cret"}])
    LOG.warning("pair password=%s", "s3cret")
    logging.getLogger("some.driver").error("foreign %s", URL)
    try:
        fail_to_connect()
    except ConnectionError:
        LOG.exception("failed")

    err = capsys.readouterr().err
    assert err.count("db1") >= 6
    assert "Traceback" in err
    assert "s3cret" not in err.replace("URL = ", "")


def test_masking_leaves_the_record_to_other_handlers_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    logs.configure(LogSettings())

    LOG.warning("url=%s", URL)

    assert caplog.records[0].args == (URL,)


@pytest.mark.parametrize(
    ("verbose", "seen"),
    [(-1, ["ERROR"]), (0, ["WARNING", "ERROR"]), (1, ["DEBUG", "INFO", "WARNING", "ERROR"])],
)
def test_verbosity_moves_the_level(capsys: pytest.CaptureFixture[str], verbose: int, seen: list[str]) -> None:
    logs.configure(LogSettings(log_level="WARNING"), verbose=verbose)

    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        LOG.log(level, "event")

    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == seen


def test_debug_is_ours_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings(log_level="DEBUG"))

    logging.getLogger("sqlalchemy.engine").debug("SELECT")

    assert capsys.readouterr().err == ""


def test_at_a_terminal_info_waits_to_be_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    logs.configure(LogSettings())
    LOG.info("quiet")
    logs.configure(LogSettings(), verbose=1)
    LOG.info("loud")

    err = capsys.readouterr().err
    assert "quiet" not in err
    assert "loud" in err


def test_configuring_again_replaces_the_handler(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogSettings())
    logs.configure(LogSettings())

    LOG.info("once")

    assert capsys.readouterr().err.count("once") == 1


def test_a_log_file_may_be_moved_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "pollster.log"
    logs.configure(LogSettings(log_file=file))

    LOG.info("before")
    file.rename(tmp_path / "pollster.log.1")
    LOG.info("after")

    assert "before" in (tmp_path / "pollster.log.1").read_text()
    assert "after" in file.read_text()
    assert capsys.readouterr().err == ""


def test_a_log_file_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot write the log file .*/no/pollster\.log: No such file"):
        logs.configure(LogSettings(log_file=tmp_path / "no" / "pollster.log"))
