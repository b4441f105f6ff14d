"""`demo`: a sample cloud to look at, synced, with a first report."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.progress import Progress

from reporting_pollster.app import Application, demo_application
from reporting_pollster.cli.bars import Bars
from reporting_pollster.cli.output import print_rows, progress
from reporting_pollster.demo import advance, build
from reporting_pollster.services.report import ReportRequest
from reporting_pollster.services.report.formats.shown import shown
from reporting_pollster.services.schema import SchemaRequest
from reporting_pollster.services.sync import Request, UnitResult

SETTINGS = "demo.conf"
STORE = "reporting.sqlite"
# the sample cloud's clock stands this much behind ours, so that it can live on for some days without a future
_BEHIND = timedelta(days=30)
_SPAN = timedelta(days=30)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Span(click.ParamType):  # type: ignore[type-arg]  # a plain class before click 8.2
    """A time span such as 90m, 6h, 1d or 2w."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4})([mhdw])", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no time span; write 90m, 6h, 1d or 2w", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@click.command(epilog="Example: reporting-pollster demo, and later: reporting-pollster demo --advance 1d")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-cloud"),
    show_default=True,
    help="Where the sample cloud lies; one that is there is made anew.",
)
@click.option("--instances", type=click.IntRange(100, 50_000), default=3000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, another cloud.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Where its two years end, so that it is the same on whatever day it is built.  [default: 30 days ago]",
)
@click.option(
    "--advance", "by", type=Span(), metavar="SPAN", help="Let the cloud that is there live on, e.g. 1d or 6h."
)
def demo(directory: Path, instances: int, seed: int, until: datetime | None, by: timedelta | None) -> None:
    """Build a sample cloud, sync it, and print what its projects used.

    The cloud is a set of SQLite files with OpenStack's own tables, one per database, filled with two invented
    years. The settings file beside them works with every other command. With --advance it only lives on, so that
    the next sync has something to find.
    """
    if by is not None:
        _live_on(directory, by)
        return
    now = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    if until is not None and until > now:
        raise click.BadParameter("that day has not begun yet", param_hint="--until")
    end = until or now - _BEHIND
    application = _build(directory, end, instances, seed)
    application.synchronise_schema(SchemaRequest(), None, lambda step: None)
    with progress() as bars:
        results = application.sync(Request(), Bars(bars))
    _print_summary(results)
    click.echo(f"\nUsage per project from {end - _SPAN:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC, in hours:\n")
    _print_usage(application, ReportRequest(begin=end - _SPAN, end=end, by="project"))
    command = f"reporting-pollster --config-file {directory / SETTINGS}"
    click.echo(f"\nGo on with: {command} report list")
    click.echo(f"In a browser: {command} api, whose page takes the private key {application.settings.api.private_key}")


def _live_on(directory: Path, by: timedelta) -> None:
    lived = advance(directory, by)
    click.echo(f"The sample cloud lived on from {lived.since} to {lived.until} UTC:")
    print_rows(("what", "how often"), lived.counts.items(), "table")
    click.echo(f"Find it with: reporting-pollster --config-file {directory / SETTINGS} sync")


def _build(directory: Path, now: datetime, instances: int, seed: int) -> Application:
    with progress() as bars:
        cloud = build(directory, now=now, seed=seed, instances=instances, progress=_shown_in(bars))
    store = directory.resolve() / STORE
    for path in store.parent.glob(f"{STORE}*"):  # with its write-ahead log
        path.unlink()
    settings = directory / SETTINGS
    settings.touch(mode=0o600)
    settings.write_text(cloud.settings_text(f"sqlite:///{store}", secrets.token_hex(16)), encoding="utf-8")
    click.echo(f"A sample cloud of {instances} instances lies in {directory}.")
    return demo_application(settings)


def _shown_in(bars: Progress) -> Callable[[str, int, int], None]:
    tasks = {}

    def show(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=total)
        bars.update(tasks[step], completed=done, total=total)

    return show


_USAGE = ("project", "instance_seconds", "vcpu_seconds", "memory_mb_seconds", "volume_gb_seconds")


def _print_usage(application: Application, request: ReportRequest) -> None:
    with application.report("usage", request) as report:
        places = [number for number, column in enumerate(report.columns) if column.name in _USAGE]
        columns = [report.columns[place] for place in places]
        key = [column.name for column in report.columns].index("project_id")  # of a project whose name nobody knows
        rows = (
            [
                shown(column, row[place] or (row[key] if column.name == "project" else row[place]))
                for place, column in zip(places, columns, strict=True)
            ]
            for row in report.rows
        )
        print_rows([column.title for column in columns], rows, "table")


def _print_summary(results: list[UnitResult]) -> None:
    totals: dict[str, int] = {}
    for result in results:
        totals[result.table] = totals.get(result.table, 0) + result.plan.new
    click.echo(f"Synced {sum(totals.values())} rows into {len(totals)} tables:\n")
    print_rows(("table", "rows"), totals.items(), "table")
    for result in results:
        if not result.is_good:
            click.echo(f"{result.table} ({result.source}): {result.message}", err=True)


COMMAND = demo
