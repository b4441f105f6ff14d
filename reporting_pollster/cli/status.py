"""`status`: how fresh each source of each table is."""

from __future__ import annotations

import sys

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_json, print_rows
from reporting_pollster.services.status import CollectorStatus, SourceStatus, Status

_COLUMNS = (
    *("table", "source", "state", "rows", "behind", "last_run", "outcome", "read", "new", "changed", "gone"),
    *("quarantined", "swept", "walk", "problem"),
)


@click.command(epilog="Example: reporting-pollster status --check --format json")
@click.option("--check", is_flag=True, help="Exit with status 1 when a source is stale, for monitoring.")
@format_option("table", "json", "csv")
@click.pass_obj
def status(app: Application, check: bool, output_format: str) -> None:
    """Show how fresh each source of each table is.

    A source is stale when its last attempt failed or was refused, or when it was last read longer ago than
    [sync] stale_after_seconds. Rows are those of the whole table; behind is in seconds since the last
    success. The last run shows what it read and changed, swept when the walk along the key last reached the
    end, and walk where it is now. Collectors of notifications tell what they have done.
    """
    found = app.status()
    if output_format == "json":
        print_json(_document(found))
    else:
        print_rows(_COLUMNS, map(_row, found.sources), output_format)
        click.echo("\n" + "\n".join([_writer(found), *map(_collector, found.collectors)]), err=output_format == "csv")
    if check and found.is_stale:
        sys.exit(1)


def _state(source: SourceStatus) -> str:
    if not source.configured:
        return "not configured"
    if source.stale:
        return "stale"
    return "fresh" if source.loaded else "loading"


def _row(source: SourceStatus) -> tuple[object, ...]:
    run = source.last_run
    last = (run.started, run.outcome, run.read, run.new, run.changed, run.gone) if run else (None,) * 6
    walk = (source.quarantined, source.swept_at, source.walk, source.problem)
    return (source.table, source.source, _state(source), source.rows, source.behind_seconds, *last, *walk)


def _writer(found: Status) -> str:
    if found.writer is None:
        return "Nobody is writing."
    return f"Writing: {found.writer}, until {found.writer_until} unless renewed."


def _collector(collector: CollectorStatus) -> str:
    last = "none yet" if collector.last_message_at is None else f"{collector.last_message_at}"
    behind = "" if collector.behind_seconds is None else f", {collector.behind_seconds} s under way"
    counts = ", ".join(f"{count} {name}" for name, count in collector.counts.items())
    return f"Collecting: {collector.host}, seen {collector.seen_at}, last message {last}{behind}: {counts}."


def _document(found: Status) -> dict[str, object]:
    writer = None if found.writer is None else {"holder": found.writer, "until": found.writer_until}
    return {
        "now": found.now,
        "writer": writer,
        "collectors": [vars(collector) for collector in found.collectors],
        "sources": [_source(source) for source in found.sources],
    }


def _source(source: SourceStatus) -> dict[str, object]:
    run = source.last_run
    return {
        "table": source.table,
        "source": source.source,
        "state": _state(source),
        "stale": source.stale,
        "problem": source.problem,
        "loaded": source.loaded,
        "rows": source.rows,
        "behind_seconds": source.behind_seconds,
        "succeeded_at": source.succeeded_at,
        "quarantined": source.quarantined,
        "swept_at": source.swept_at,
        "walk": source.walk,
        "last_run": None if run is None else vars(run),
    }


COMMAND = status
