"""The command group: what it finds, and how everything that ends a command reads from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reporting_pollster import __version__, cli
from reporting_pollster.errors import LeaseHeld, SourceUnavailable
from tests.cli.conftest import Run

URL = "mysql://nova:s3cret@db1/nova"


def leaves(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """The command itself and all below it."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from leaves(below, f"{name} {each}")


COMMANDS = dict(leaves(cli.main, "reporting-pollster"))


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules the group takes for its own, too."""
    monkeypatch.setattr(cli, "__path__", [*cli.__path__, str(tmp_path)])
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(f"{cli.__name__}.{file.stem}", None)


def command_that(does: str) -> str:
    return (
        "import click, os, signal\nfrom reporting_pollster import errors\n"
        f"@click.command(epilog='Example: x')\n@click.pass_obj\ndef COMMAND(app):\n    '''Do it.'''\n    {does}\n"
    )


def test_a_new_module_is_a_new_command(run: Run, commands: Path) -> None:
    (commands / "say_hello.py").write_text(command_that("click.echo('hello')"))
    (commands / "no_command.py").write_text("COMMAND = None\n")

    listed = run("--help").out
    said = run("say-hello")

    assert "say-hello Do it." in " ".join(listed.split())
    assert "no-command" not in listed
    assert "output" not in listed
    assert (said.status, said.out) == (0, "hello\n")


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    result = run("xyzzy")

    assert result.status == 2
    assert "No such command 'xyzzy'" in result.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_with_an_example(run: Run, name: str) -> None:
    result = run(*name.split()[1:], "--help")

    assert result.status == 0
    assert result.out.startswith(f"Usage: {name} ")
    assert f"Example: {' '.join(name.split()[:1])}" in result.out
    assert COMMANDS[name].help


def test_help_needs_no_settings(run: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.conf")

    assert run("--config-file", missing, "config", "check", "--help").status == 0
    assert run("--config-file", missing, "config", "sample").status == 0
    assert run("--config-file", missing, "config", "check").status == 2


def test_the_version_is_the_package_version(run: Run) -> None:
    assert run("--version").out == f"reporting-pollster {__version__}\n"


@pytest.mark.parametrize(
    ("does", "line", "status"),
    [
        ("raise errors.SettingsError('no region', hint='write one')", "Error: no region; write one", 2),
        ("raise errors.LeaseHeld('held', host='h1')", "Error: held (host=h1)", LeaseHeld.exit_status),
        (f"raise errors.SourceUnavailable('no {URL}')", "no mysql://nova:***@db1/nova", SourceUnavailable.exit_status),
        ("raise errors.PollsterError('one\\ntwo')", "Error: one two", 1),
    ],
)
def test_our_errors_are_one_line_and_their_exit_status(
    run: Run, commands: Path, does: str, line: str, status: int
) -> None:
    (commands / "fail.py").write_text(command_that(does))

    result = run("fail")

    assert (result.status, result.out) == (status, "")
    assert result.err.endswith(f"{line}\n")
    assert result.err.count("\n") == 1


def test_an_unexpected_error_is_logged_whole_and_ends_in_one_line(run: Run, commands: Path) -> None:
    (commands / "fail.py").write_text(command_that(f"raise KeyError('no {URL}')"))

    result = run("fail")

    *log, line = result.err.splitlines()
    assert result.status == 70
    assert line.startswith("Error: unexpected KeyError: 'no mysql://nova:***@db1/nova'; ")
    assert " ERROR reporting_pollster.cli unexpected error" in log[0]
    assert "Traceback (most recent call last):" in log
    assert "s3cret" not in "".join(log).replace(f"raise KeyError('no {URL}')", "")


def test_with_verbose_our_errors_have_a_traceback_in_the_log(run: Run, commands: Path) -> None:
    (commands / "fail.py").write_text(command_that("raise errors.LeaseHeld('held')"))

    result = run("--verbose", "fail")

    assert "Traceback" in result.err
    assert result.err.endswith("\nError: held\n")


def test_a_command_that_exits_by_itself_keeps_its_status(run: Run, commands: Path) -> None:
    (commands / "differ.py").write_text(command_that("click.get_current_context().exit(1)"))

    assert run("differ").status == 1


def test_the_log_goes_where_the_settings_say_once_they_are_read(run: Run, commands: Path, tmp_path: Path) -> None:
    (commands / "work.py").write_text(
        "import logging\n" + command_that("app.settings; logging.getLogger('reporting_pollster').info('worked')")
    )
    settings = tmp_path / "a.conf"
    settings.write_text(f"[DEFAULT]\nlog_file = {tmp_path}/a.log\n")

    result = run("--config-file", str(settings), "work")

    assert (result.status, result.out, result.err) == (0, "", "")
    assert (tmp_path / "a.log").read_text().endswith("INFO reporting_pollster worked\n")


# --- as a process: what only the operating system can do ---

PROGRAM = """
import sys
from reporting_pollster import cli
cli.__path__.append(sys.argv.pop(1))
cli.main(prog_name="reporting-pollster")
"""


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )


@pytest.mark.parametrize("end", ["", "; raise SystemExit(0)"])
def test_a_closed_pipe_is_no_failure_to_speak_of(tmp_path: Path, end: str) -> None:
    (tmp_path / "write.py").write_text("import sys\n" + command_that(f"sys.stdout.write('line\\n' * 100_000){end}"))

    with start(tmp_path, "write") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "line\n"
        process.stdout.close()
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (141, "")


def test_a_pipe_closed_before_the_last_words_is_quiet_too(tmp_path: Path) -> None:
    (tmp_path / "write.py").write_text("import sys\n" + command_that("sys.stdin.read(); sys.stdout.write('end')"))

    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), "write"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(b"", timeout=30)

    assert (process.returncode, err) == (141, b"")


def test_an_interrupt_is_status_130_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "wait.py").write_text(
        "import time\n" + command_that("click.echo('waiting'); import sys; sys.stdout.flush(); time.sleep(60)")
    )

    with start(tmp_path, "wait") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (130, "")
