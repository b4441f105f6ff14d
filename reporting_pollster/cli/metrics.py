"""`metrics`: what Gnocchi measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.domain.metrics.sparkline import sparkline
from reporting_pollster.errors import MetricsUnavailable
from reporting_pollster.services.metrics import PollRequest
from reporting_pollster.services.metrics.watched import Seen, Watched

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_HOST = "Resource that has the metric: its name, or its id. Not needed for the id of a metric."


@click.group(epilog="Example: reporting-pollster metrics poll")
def metrics() -> None:
    """Read and show metrics of Gnocchi. Settings: [gnocchi]."""


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


@metrics.command(epilog="Example: reporting-pollster metrics consume --host web1 --metric cpu --granularity minute")
@click.option("--host", prompt="Host (a resource's name or id; empty if the metric is an id)", default="", help=_HOST)
@click.option("--metric", prompt="Metric (name or id)", help="Name of the metric, or its id.")
@click.option(
    "--aggregation",
    prompt=True,
    default="mean",
    show_default=True,
    metavar="NAME",
    help="mean, min, max, or any other that the metric's archive policy keeps.",
)
@click.option(
    "--granularity",
    prompt=True,
    default="minute",
    show_default=True,
    metavar="NAME",
    help="minute, hour, day, or any other that the policy keeps, in seconds.",
)
@click.option(
    "--points", type=click.IntRange(1, 10_000), default=30, show_default=True, help="How many of the last values."
)
@click.option("--open", "with_open", is_flag=True, help="Show the last value, too, while it still changes.")
@click.option("--once", is_flag=True, help="Print once, and end.")
@click.option(
    "--interval",
    type=click.FloatRange(1),
    default=30,
    show_default=True,
    metavar="SECONDS",
    help="After what time to print again.",
)
@format_option()
@click.pass_obj
def consume(
    app: Application, /, host: str, metric: str, once: bool, interval: float, output_format: str, **how: Any
) -> None:
    """Show the last values of a metric, again and again.

    What is not given as an option is asked for. Values are shown once they are final, so the newest is as old as the
    granularity. Without --once it goes on until it is interrupted; a Gnocchi that does not answer is asked again.
    """
    watched = Watched(metric, host or None, **how)
    rows = app.look_at_metric(watched)
    while True:
        _show(watched, rows, output_format, again=not once)
        if once:
            return
        time.sleep(interval)
        try:
            rows = app.look_at_metric(watched)
        except MetricsUnavailable as error:
            click.echo(f"{error}; what follows is old", err=True)


def _show(watched: Watched, rows: Sequence[Seen], output_format: str, *, again: bool) -> None:
    if again and output_format == "table":
        click.clear()  # does nothing unless a terminal is looked at
    columns = ("Timestamp", "Granularity", watched.aggregation.upper())
    print_rows(columns, [(row.at, row.granularity, row.value) for row in rows], output_format)
    if output_format == "table" and rows:
        click.echo(sparkline([row.value for row in rows]))
    sys.stdout.flush()


COMMAND = metrics
