"""`collect`: follow OpenStack's notifications."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows


@click.command(epilog="Example: reporting-pollster collect --once")
@click.option("--once", is_flag=True, help="Collect what there is, and end.")
@click.option(
    "--replay",
    is_flag=True,
    help="Apply stored messages again that were parked or unknown, as after an upgrade; and end.",
)
@format_option()
@click.pass_obj
def collect(app: Application, once: bool, replay: bool, output_format: str) -> None:
    """Follow OpenStack's notifications, so that a change is seen within seconds.

    Messages are read from the queues of [notifications], stored once, applied, and only then
    acknowledged. A message that makes no sense is parked, never lost: `quarantine notification` lists those.
    SIGTERM ends it after the messages at hand.
    """
    if once and replay:
        raise click.UsageError("--once reads the queues and --replay what is stored: give one of them.")
    if replay:
        _print(app.replay_messages(), output_format)
    elif once:
        _print(app.collect(None), output_format)
    else:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
        app.collect(stop)


def _print(counts: Mapping[str, int], output_format: str) -> None:
    print_rows(tuple(counts), [tuple(counts.values())], output_format)


COMMAND = collect
