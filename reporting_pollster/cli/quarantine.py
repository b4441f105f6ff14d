"""`quarantine`: rows of the sources that could not be loaded as they are."""

from __future__ import annotations

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows

_COLUMNS = ("table", "source", "key", "column", "reason", "action", "first_seen", "last_seen")


@click.command(epilog="Example: reporting-pollster quarantine instance --format json")
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@click.option(
    "--limit",
    metavar="PROBLEMS",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="List no more than these, the ones met last first.",
)
@format_option()
@click.pass_obj
def quarantine(app: Application, tables: tuple[str, ...], limit: int, output_format: str) -> None:
    """List what is wrong with rows of the sources, and messages that made no sense (notification).

    A repaired row was loaded without the value at fault, a withheld row not at all. A problem is over when
    a complete read of the source no longer meets it. JSON has the row as it was read, too.
    """
    problems = app.quarantine(tables, limit)
    rows = [(p.table, p.source, p.key, p.column, p.reason, p.action, p.first_seen, p.last_seen) for p in problems]
    if output_format == "json":
        print_rows((*_COLUMNS, "raw"), [(*row, p.raw) for row, p in zip(rows, problems, strict=True)], output_format)
    else:
        print_rows(_COLUMNS, rows, output_format)


COMMAND = quarantine
