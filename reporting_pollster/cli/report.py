"""`report`: what the reporting database says about usage, capacity and people.

Each report is a command of its own, with the options that it understands, made from the report's description.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.errors import WrongParameter
from reporting_pollster.exports.file import put_beside
from reporting_pollster.reports import catalogue
from reporting_pollster.reports.base import Report
from reporting_pollster.reports.cost import COST
from reporting_pollster.services.report import FORMATS, ReportResult, names_for, read_request, write
from reporting_pollster.services.report.formats.shown import Totals, shown
from reporting_pollster.services.report.formats.table_format import heading

_BLOCK = 500  # rows that a terminal's table is laid out for at once
_SUFFIXES = {".csv": "csv", ".json": "json", ".parquet": "parquet", ".html": "html", ".htm": "html"}
_HELP = {
    "from": ("TIME", "Begin of the time span; default: of the month."),
    "to": ("TIME", "Its end, exclusive; default: now."),
    "month": ("YYYY-MM", "A whole month, instead of both."),
    "as-of": ("TIME", "The state at this instant; default: when the sources were last read."),
    "as-known-at": ("TIME", "What was known at this instant, without later corrections."),
    "project": ("PROJECT", "Only of the project with this id or name."),
}


class ReportGroup(click.Group):
    """Finds the commands among the reports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All reports, after the list of them."""
        return ["list", *sorted(("cost", *catalogue()))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command that runs one report."""
        if cmd_name == "list":
            return list_reports
        if cmd_name == "cost":
            return _cost_command()
        found = catalogue().get(cmd_name)
        return None if found is None else _command(cmd_name, found)


@click.group(
    cls=ReportGroup, epilog="Example: reporting-pollster report usage --month 2026-10 --by project --format csv"
)
def report() -> None:
    """Answer questions from the reporting database.

    Times are UTC, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS. A table and HTML show hours and are for people; CSV, JSON and
    Parquet have the exact integers, in the unit that the column's name says.
    """


@click.command("list", epilog="Example: reporting-pollster report list --format json")
@format_option()
def list_reports(output_format: str) -> None:
    """List the reports. Needs no settings and connects to nothing."""
    found = {**catalogue(), "cost": COST}
    rows = ((name, found[name].title, tuple(found[name].by), names_for(found[name])) for name in sorted(found))
    print_rows(("report", "title", "by", "parameters"), rows, output_format)


def _command(name: str, found: Report) -> click.Command:
    return click.Command(
        name,
        callback=_runner(name, found),
        params=[*_parameters(found), *_output_options()],
        help=f"{found.title}.\n\n{found.description}",
        epilog=f"Example: reporting-pollster report {name} {found.example}".rstrip(),
    )


def _cost_command() -> click.Command:
    path = click.Path(path_type=Path, dir_okay=False)
    lists = [
        click.Option(["--rates"], type=path, metavar="FILE", help="Price list; default: the one of [rating] file."),
        click.Option(["--compare"], type=path, metavar="FILE", help="What would it cost with this list, too?"),
    ]

    @click.pass_obj
    def run(
        app: Application, /, rates: Path | None, compare: Path | None, output_format: str | None, output: Path | None,
        **given: str | None,
    ) -> None:  # fmt: skip
        request = read_request(COST, _words(given))
        _answer(app.cost(request, rates, compare), output_format, output)

    return click.Command(
        "cost",
        callback=run,
        params=[*_parameters(COST), *lists, *_output_options()],
        help=f"{COST.title}.\n\n{COST.description}",
        epilog=f"Example: reporting-pollster report cost {COST.example}",
    )


def _parameters(found: Report) -> Iterator[click.Option]:
    own = {option.name: option for option in found.options}
    for name in names_for(found):
        if name == "by":
            choices = f"[{'|'.join(found.by)}]"  # no click.Choice: read_request says in one line what is wrong
            yield click.Option(
                ["--by"], metavar=choices, default=found.default_by, show_default=True, help=found.by_help
            )
        elif name in own:
            option = own[name]
            yield click.Option(
                [f"--{name}"], metavar="N", help=option.help, default=str(option.default), show_default=True
            )
        else:
            metavar, text = _HELP[name]
            yield click.Option([f"--{name}"], metavar=metavar, help=text)


def _output_options() -> Iterator[click.Option]:
    formats = click.Choice(tuple(FORMATS))
    yield click.Option(
        ["--format", "output_format"],
        type=formats,
        help="How to write it; default: what --output ends in, else a table.",
    )
    path = click.Path(path_type=Path, dir_okay=False)
    yield click.Option(["--output"], type=path, metavar="FILE", help="Write it to this file, all or nothing.")


def _runner(name: str, found: Report) -> Any:
    @click.pass_obj
    def run(app: Application, /, output_format: str | None, output: Path | None, **given: str | None) -> None:
        request = read_request(found, _words(given))
        _answer(app.report(name, request), output_format, output)

    return run


def _words(given: Mapping[str, str | None]) -> dict[str, str | None]:
    return {key.replace("_", "-"): value for key, value in given.items()}


def _answer(answer: AbstractContextManager[ReportResult], output_format: str | None, output: Path | None) -> None:
    chosen = output_format or (_SUFFIXES.get(output.suffix, "table") if output else "table")
    if output is None and not FORMATS[chosen].is_text and sys.stdout.isatty():
        raise WrongParameter(f"{chosen} is nothing to look at", hint="give --output FILE")
    with answer as result:
        if output is not None:
            put_beside(output, write(result, chosen), "choose another file with --output")
        elif chosen == "table" and sys.stdout.isatty():
            _show(result)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.writelines(write(result, chosen))
            sys.stdout.buffer.flush()
        if chosen == "csv" or output is not None:
            click.echo("\n".join(result.notes), err=True)


def _show(result: ReportResult) -> None:
    """On a terminal, block by block."""
    click.echo("\n".join([*heading(result), ""]))
    titles = [column.title for column in result.columns]
    totals = Totals(result.columns)
    block = list(islice(result.rows, _BLOCK))
    while True:
        for row in block:
            totals.add(row)
        following = list(islice(result.rows, _BLOCK))
        last = None if following else totals.row
        lines = [*block, *(() if last is None else (last,))]
        shown_rows = (
            [
                each if isinstance(each, str) else shown(column, each)
                for column, each in zip(result.columns, row, strict=True)
            ]
            for row in lines
        )
        print_rows(titles, shown_rows, "table")
        if not following:
            return
        block = following


COMMAND = report
