"""`sync`: copy what changed in OpenStack into the reporting database."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.bars import Bars
from reporting_pollster.cli.output import format_option, print_rows, progress
from reporting_pollster.services.sync import Request, UnitResult

_COLUMNS = ("table", "source", "outcome", "read", "new", "changed", "gone", "bad", "seconds")


@click.command(epilog="Example: reporting-pollster sync instance volume --dry-run")
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@click.option("--full", is_flag=True, help="Read every source whole and compare, instead of looking for changes.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d"]),
    help="Look for changes from this time on (UTC), instead of from the last one seen.",
)
@click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing.")
@click.option(
    "--accept", metavar="TABLE", multiple=True, help="Believe the source of this table although it was refused."
)
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    help="Wait for another writer this long; a collector writes for moments only.",
)
@format_option("table", "json", "csv")
@click.pass_obj
def sync(
    app: Application,
    tables: tuple[str, ...],
    full: bool,
    since: datetime | None,
    dry_run: bool,
    accept: tuple[str, ...],
    wait: float,
    output_format: str,
) -> None:
    """Copy what changed in OpenStack into the reporting database.

    Named tables are synced with the tables that they come after; without a name, all are. Exit status 1 says
    that a source failed or was refused; everything else was synced all the same.
    """
    request = Request(tables, full, since, dry_run, frozenset(accept), wait)
    with progress() as bars:
        results = app.sync(request, Bars(bars))
    print_rows(_COLUMNS, map(_row, results), output_format)
    for result in results:
        if not result.is_good:
            click.echo(f"{result.table} ({result.source}): {result.message}", err=True)
    if not all(result.is_good for result in results):
        sys.exit(1)


def _row(result: UnitResult) -> tuple[object, ...]:
    plan = result.plan
    figures = (result.rows_read, plan.new, plan.changed, plan.gone, result.bad, round(result.seconds, 2))
    return (result.table, result.source, result.outcome, *figures)


COMMAND = sync
