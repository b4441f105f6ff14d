"""`backfill`: read again what could not be read when it was its time."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.bars import Bars
from reporting_pollster.cli.output import progress
from reporting_pollster.services.backfill import Backfill

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(epilog="Example: reporting-pollster backfill instance volume --from 2026-01-01 --to 2026-04-01")
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@click.option("--from", "begin", type=_DAY, required=True, help="First day (UTC) whose use is added up anew.")
@click.option("--to", "end", type=_DAY, required=True, help="The day after the last one.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="How long a step waits for another writer, such as the service.",
)
@click.pass_obj
def backfill(app: Application, tables: tuple[str, ...], begin: datetime, end: datetime, wait: float) -> None:
    """Read tables again from their first row to their last, and derive the days of a time span anew.

    For rows that could not be read when it was their time: a cell or a GRANT was missing, or an archive was put back.
    It may be interrupted, and goes on when it is repeated with the same days; the service may run meanwhile. Without
    a name, all tables are read; a named one with the tables that it comes after.
    """
    if end <= begin:
        raise click.BadParameter("the time span is empty: --to is exclusive and must be later than --from")
    request = Backfill(tables, begin.date(), (end - timedelta(days=1)).date(), wait)
    with progress() as bars:
        failed = app.backfill(request, Bars(bars))
    for result in failed:
        click.echo(f"{result.table} ({result.source}): {result.message}", err=True)
    if failed:
        click.echo("Repeat the command when this is mended: it goes on from here.", err=True)
        sys.exit(1)
    click.echo(f"Read again; the days from {begin:%Y-%m-%d} to before {end:%Y-%m-%d} are derived anew.")


COMMAND = backfill
