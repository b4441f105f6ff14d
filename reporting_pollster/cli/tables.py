"""`tables`: what there is to report on, and where it comes from."""

from __future__ import annotations

import click

from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.services.tables import describe_tables

_COLUMNS = ("table", "databases", "after", "changes", "history", "description")


@click.command(epilog="Example: reporting-pollster tables --format json")
@format_option()
def tables(output_format: str) -> None:
    """List the reporting tables and where they come from.

    Each with its source databases, the tables that it is synced after, how changes at the source are found,
    and whether earlier versions of its rows are kept. Needs no settings and connects to nothing.
    """
    rows = ((t.table, t.databases, t.after, t.changes, t.history, t.description) for t in describe_tables())
    print_rows(_COLUMNS, rows, output_format)


COMMAND = tables
