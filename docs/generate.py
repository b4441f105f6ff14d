"""Writes the reference pages that follow from the code: commands, settings and reports. Run it with `make docs`.

A test fails when a page is stale, so what the pages say is what the program does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from reporting_pollster.cli import main as group
from reporting_pollster.cli.db_sync import main as db_sync
from reporting_pollster.config.options import cell_group, option_groups
from reporting_pollster.reports import catalogue
from reporting_pollster.reports.base import Column, Report
from reporting_pollster.services.report import names_for

REFERENCE = Path(__file__).parent / "reference"
_WRITTEN = "<!-- Written by `make docs`. -->\n"


def pages() -> dict[Path, str]:
    """The text of each generated page."""
    return {
        REFERENCE / "commands.md": "\n".join(["# Commands", "", _WRITTEN, *_commands()]),
        REFERENCE / "settings.md": "\n".join(["# Settings", "", _WRITTEN, *_settings()]),
        REFERENCE / "reports.md": "\n".join(["# Reports", "", _WRITTEN, *_reports()]),
    }


def _commands() -> Iterator[str]:
    yield from _command(group, "reporting-pollster", None)
    yield from _command(db_sync, "reporting-db-sync", None)


def _command(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    options = {**command.context_settings, "max_content_width": 100, "terminal_width": 100}
    with click.Context(command, info_name=name, parent=parent, **options) as context:
        yield from (f"## `{context.command_path}`", "", "```text", command.get_help(context).rstrip(), "```", "")
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                yield from _command(found, child, context)


def _settings() -> Iterator[str]:
    yield "Files are read in this order, later ones win: `/etc/reporting-pollster/reporting-pollster.conf`,"
    yield "`/etc/reporting-pollster/conf.d/*.conf`, then the environment (`OS_<GROUP>__<OPTION>`)."
    for found, options in [*option_groups(), cell_group("NAME")]:
        yield from ("", f"## `[{found.name}]`", "")
        if found.help:
            yield from (found.help, "")
        yield from ("| option | default | meaning |", "| --- | --- | --- |")
        for option in options:
            default = "" if option.default is None else f"`{_text(option.default)}`"
            yield f"| `{option.dest}` | {default} | {_cell(option.help or '')} |"
    yield ""


def _reports() -> Iterator[str]:
    yield "Names, types and units are those of CSV, JSON and Parquet. Tables and HTML show seconds as hours, and have a"
    yield "total of each column with Σ. See [how to get a report](../how-to/report.md)."
    for name, report in catalogue().items():
        yield from ("", f"## `{name}`", "", f"{report.title}. {report.description}", "")
        parameters = ", ".join(f"`--{each}`" for each in names_for(report))
        yield from (f"Parameters: {parameters or 'none'}.", "")
        yield from ("| column | title | type | unit | Σ |", "|---|---|---|---|---|")
        yield from _report_columns(report)
    yield ""


def _report_columns(report: Report) -> Iterator[str]:
    """Those that depend on what a row is of come first."""
    for by, columns in report.by.items():
        for column in columns:
            yield _report_column(column, f", with `--by {by}`")
    for column in report.columns:
        yield _report_column(column, "")


def _report_column(column: Column, when: str) -> str:
    return f"| `{column.name}` | {column.title}{when} | {column.kind} | {column.unit} | {'Σ' if column.total else ''} |"


def _text(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return ", ".join(default) if isinstance(default, list) else str(default)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the pages that differ."""
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            click.echo(f"wrote {path.relative_to(REFERENCE.parent.parent)}")


if __name__ == "__main__":
    main()
