"""`metrics`: what Gnocchi measured."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.services.metrics import PollRequest

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.group(epilog="Example: reporting-pollster metrics poll")
def metrics() -> None:
    """Read metrics from Gnocchi. Settings: [gnocchi]."""


@metrics.command(epilog="Example: reporting-pollster metrics poll instance --from 2026-11-01")
@click.argument("kinds", metavar="[KIND]...", nargs=-1)
@click.option("--from", "since", type=_TIME, help="Read again from this time (UTC) on, as far as Gnocchi remembers.")
@format_option()
@click.pass_obj
def poll(app: Application, kinds: tuple[str, ...], since: datetime | None, output_format: str) -> None:
    """Bring hours and days of metrics up to date (tables metric_hour, metric_day).

    What may have changed since the last poll is read, late measures included; metrics that are new to us as far back
    as [gnocchi] history_days says. Kinds are instance, instance_disk, instance_network_interface and volume; without
    one, all are polled. It may be interrupted at any time. Exit status 1 says that something was not read; the next
    poll reads it.
    """
    results = app.poll_metrics(PollRequest(kinds, since))
    columns = ("kind", "resources", "hours", "failed", "complete", "seconds")
    rows = [(each.kind, each.resources, each.hours, each.failed, each.is_complete, each.seconds) for each in results]
    print_rows(columns, rows, output_format)
    for each in results:
        if each.problem is not None:
            click.echo(f"{each.kind}: {each.problem}", err=True)
    if not all(each.is_good for each in results):
        sys.exit(1)


COMMAND = metrics
