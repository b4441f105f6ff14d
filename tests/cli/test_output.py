"""Printing: the same rows for people and for machines."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import click
import pytest
from click.testing import CliRunner

from reporting_pollster.cli.output import format_option, print_rows, progress

COLUMNS = ("name", "rows", "share", "live", "at", "parts")
ROWS = [
    ("volume", 12, Decimal("0.50"), True, datetime(2026, 1, 1, 9, 30), ["a", "b"]),
    ('[red]"a, b"\nü', None, None, None, None, ()),
]


def test_a_piped_table_is_whole_whatever_its_width(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300

    print_rows(("name", "rows"), [(long, 1), ("[bold]y[/bold]", 22)], "table")

    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "rows"]
    assert [line.split() for line in lines] == [[long, "1"], ["[bold]y[/bold]", "22"]]
    assert lines[0].rstrip().endswith("  1")
    assert "\x1b" not in "".join(lines)


def test_a_table_without_rows_has_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("name", "rows"), iter(()), "table")

    assert capsys.readouterr().out.split()[:2] == ["name", "rows"]


def test_csv_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(COLUMNS, iter(ROWS), "csv")

    out = capsys.readouterr().out
    assert "\r" not in out
    assert list(csv.reader(io.StringIO(out, newline=""))) == [
        list(COLUMNS),
        ["volume", "12", "0.50", "true", "2026-01-01 09:30:00", "a, b"],
        ['[red]"a, b"\nü', "", "", "", "", ""],
    ]


def test_json_keeps_kinds_and_says_that_times_are_utc(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(COLUMNS, iter(ROWS), "json")

    assert json.loads(capsys.readouterr().out) == [
        {
            "name": "volume",
            "rows": 12,
            "share": "0.50",
            "live": True,
            "at": "2026-01-01T09:30:00Z",
            "parts": ["a", "b"],
        },
        {"name": '[red]"a, b"\nü', "rows": None, "share": None, "live": None, "at": None, "parts": []},
    ]


def test_json_of_a_day_is_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("day",), [(date(2026, 1, 1),)], "json")

    assert json.loads(capsys.readouterr().out) == [{"day": "2026-01-01"}]


def test_json_without_rows_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(("name",), iter(()), "json")

    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("output_format", ["csv", "json"])
def test_rows_are_streamed(capsys: pytest.CaptureFixture[str], output_format: str) -> None:
    seen: list[str] = []

    def rows() -> Iterator[tuple[int]]:
        for number in range(3):
            seen.append(capsys.readouterr().out)
            yield (number,)

    print_rows(("number",), rows(), output_format)

    assert "0" in seen[1]
    assert "1" in seen[2]


def test_the_first_format_is_the_default_and_others_are_refused() -> None:
    @click.command()
    @format_option("table", "json")
    def command(output_format: str) -> None:
        click.echo(output_format)

    assert CliRunner().invoke(command).output == "table\n"
    assert CliRunner().invoke(command, ["--format", "json"]).output == "json\n"
    assert CliRunner().invoke(command, ["--format", "csv"]).exit_code == 2


def work() -> None:
    with progress() as bars:
        task = bars.add_task("volume [x]", total=10)
        bars.advance(task, 10)
        print("result")


def test_a_pipe_gets_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    work()

    assert capsys.readouterr() == ("result\n", "")


def test_a_terminal_gets_progress_unless_quiet(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    work()
    assert "volume [x]" in capsys.readouterr().err

    with click.Context(click.Command("x")) as context:
        context.params["quiet"] = True
        work()
    assert capsys.readouterr() == ("result\n", "")
