"""`concertim`: show the cloud in Concertim."""

from __future__ import annotations

import json
import sys

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_json, print_rows

_STEPS = ("verb", "object", "key", "concertim_id", "rack", "values")
_COUNTS = ("kind", "openstack", "concertim", "by_hand")


@click.group(epilog="Example: reporting-pollster concertim plan")
def concertim() -> None:
    """Show the cloud in Concertim: stacks as racks; instances, volumes and networks as devices.

    What is shown is what the reporting database knows; OpenStack is not asked. What somebody made in Concertim
    by hand is never touched, and no team or user is ever deleted.
    """


@concertim.command("plan", epilog="Example: reporting-pollster concertim plan --format json")
@format_option()
@click.pass_obj
def plan_command(app: Application, output_format: str) -> None:
    """Print what sync would change, in order. Nothing is changed."""
    with app.concertim() as service:
        made = service.plan().plan
    rows = [(s.verb, s.object, s.key, s.id, s.rack, _values(s.values)) for s in made.steps]
    print_rows(_STEPS, rows, output_format)
    for text in (*made.refusals, *_unmapped(made.unmapped), *(f"{k} {i}: {why}" for k, i, why in made.remarks)):
        click.echo(text, err=True)


@concertim.command(epilog="Example: reporting-pollster concertim sync")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    show_default=True,
    help="How long to wait for another process that does the same.",
)
@click.pass_obj
def sync(app: Application, wait: float) -> None:
    """Compare once and change what differs; exits with 1 when something could not be done.

    What OpenStack has ended is deleted at once, what is gone without a trace only when it was missed twice, and
    nothing of a kind when it would be more than [concertim] guard_share of it.
    """
    with app.concertim() as service:
        result = service.sync(wait)
    outcome = result.outcome
    click.echo(f"{len(outcome.done)} done, {outcome.adopted} taken over, {len(outcome.failed)} failed")
    told = [f"{failed.step.verb} {failed.step.object} {failed.step.key}: {failed.error}" for failed in outcome.failed]
    stopped = [f"stopped: {outcome.stopped}"] if outcome.stopped else []
    for text in (*told, *stopped, *result.plan.refusals, *_unmapped(result.plan.unmapped)):
        click.echo(text, err=True)
    if not result.is_good:
        sys.exit(1)


@concertim.command(epilog="Example: reporting-pollster concertim status --format json")
@format_option("table", "json")
@click.pass_obj
def status(app: Application, output_format: str) -> None:
    """Show how the last comparison went: both sides' counts, last success, backlog, projects without a team."""
    found = app.concertim_status()
    cycle = found.cycle
    if output_format == "json":
        document = None if cycle is None else {**cycle._asdict(), "missed": sorted(cycle.missed)}
        print_json({"now": found.now, "writer": found.writer, "cycle": document})
    elif cycle is None:
        click.echo("Concertim was not compared yet.")
    else:
        rows = [(kind, *(counts[name] for name in _COUNTS[1:])) for kind, counts in cycle.counts.items()]
        print_rows(_COUNTS, rows, "table")
        click.echo(f"\nTried: {cycle.tried}, succeeded: {cycle.succeeded or 'never'}, backlog: {cycle.backlog}.")
        for text in (*([cycle.problem] if cycle.problem else []), *_unmapped(cycle.unmapped)):
            click.echo(text)


def _values(values: object) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False, default=dict)


def _unmapped(projects: tuple[str, ...]) -> list[str]:
    return [f"no team of Concertim has these projects: {', '.join(projects)}"] if projects else []


COMMAND = concertim
