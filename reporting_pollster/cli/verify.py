"""`verify`: prove that the reporting database equals its sources."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.bars import Bars
from reporting_pollster.cli.output import format_option, print_json, print_rows, progress
from reporting_pollster.services.verify import Difference, Request, Verdict

_COLUMNS = (
    *("table", "source", "outcome", "rows", "ours", "withheld", "chunks", "differing"),
    *("missing", "different", "extra", "pending", "checksum", "seconds"),
)
_DIFFERENCES = ("table", "source", "key", "problem", "column", "at the source", "ours")
_LONGEST = 60
_SUM = 12  # digits of a checksum that a person compares; JSON has all of them


@click.command(epilog="Example: reporting-pollster verify instance volume --format json")
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@click.option(
    "--chunk",
    metavar="ROWS",
    type=click.IntRange(min=1),
    default=5000,
    show_default=True,
    help="Compare so many rows at once.",
)
@click.option(
    "--limit",
    metavar="ROWS",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="List no more differences than these; all are counted.",
)
@format_option("table", "json", "csv")
@click.pass_obj
def verify(app: Application, tables: tuple[str, ...], chunk: int, limit: int, output_format: str) -> None:
    """Prove that the reporting database equals its sources; nothing is written.

    Every row is compared, byte by byte. Rows that the source changed after it was last read are
    pending: they are no fault, but only rows with a time of change tell. Verify the tables of
    keystone right after a sync. What we keep although the source has forgotten it is not compared.

    Exit status 1 says that a row is missing, different or extra (active with us, and nowhere at the
    source), or that a source could not be read.
    """
    with progress() as bars:
        verdicts = app.verify(Request(tables, chunk, limit), Bars(bars))
    found = [difference for verdict in verdicts for difference in verdict.differences][:limit]
    left_out = sum(verdict.faults + verdict.pending for verdict in verdicts) - len(found)
    if output_format == "json":
        print_json(_document(verdicts, found, left_out))
    else:
        print_rows(_COLUMNS, map(_row, verdicts), output_format)
        _print_differences(found, left_out, output_format)
    for verdict in verdicts:
        if verdict.outcome == "failed":
            click.echo(f"{verdict.table} ({verdict.source}): {verdict.message}", err=True)
    if not all(verdict.is_good for verdict in verdicts):
        sys.exit(1)


def _row(verdict: Verdict) -> tuple[object, ...]:
    sums = dict.fromkeys((verdict.checksum[:_SUM], verdict.checksum_ours[:_SUM]))
    figures = (verdict.rows, verdict.ours, verdict.withheld, verdict.chunks, verdict.chunks_differing)
    problems = (verdict.missing, verdict.different, verdict.extra, verdict.pending)
    return (
        verdict.table,
        verdict.source,
        verdict.outcome,
        *figures,
        *problems,
        " ".join(sums),
        round(verdict.seconds, 2),
    )


def _print_differences(found: Sequence[Difference], left_out: int, output_format: str) -> None:
    """Below the table; a file of comma separated values can hold but one kind of row."""
    if output_format == "table" and found:
        click.echo()
        print_rows(_DIFFERENCES, (row for each in found for row in _lines(each)), output_format)
        if left_out:
            click.echo(f"{left_out} more differences; --limit lists more of them", err=True)
    elif found or left_out:
        click.echo(f"{len(found) + left_out} differences; --format json lists them", err=True)


def _lines(difference: Difference) -> Iterator[tuple[object, ...]]:
    """One per column that differs."""
    problem = f"{difference.problem}{' (pending)' if difference.pending else ''}"
    row = (difference.table, difference.source, difference.key, problem)
    if not difference.columns:
        yield (*row, None, None, None)
    for name, (theirs, ours) in difference.columns.items():
        yield (*row, name, _shown(theirs), _shown(ours))


def _shown(value: object) -> str:
    """So that nothing, an empty text and a blank at the end can be told apart."""
    if value is None:
        return "NULL"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _document(verdicts: Sequence[Verdict], found: Sequence[Difference], left_out: int) -> dict[str, object]:
    return {
        "tables": [_table(verdict) for verdict in verdicts],
        "differences": [_difference(difference) for difference in found],
        "differences_left_out": left_out,
    }


def _table(verdict: Verdict) -> dict[str, object]:
    return {
        "table": verdict.table,
        "source": verdict.source,
        "outcome": verdict.outcome,
        "rows": verdict.rows,
        "ours": verdict.ours,
        "withheld": verdict.withheld,
        "chunks": verdict.chunks,
        "chunks_differing": verdict.chunks_differing,
        "missing": verdict.missing,
        "different": verdict.different,
        "extra": verdict.extra,
        "pending": verdict.pending,
        "checksum": verdict.checksum,
        "checksum_ours": verdict.checksum_ours,
        "seconds": verdict.seconds,
        "message": verdict.message,
    }


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "table": difference.table,
        "source": difference.source,
        "key": difference.key,
        "problem": difference.problem,
        "pending": difference.pending,
        "columns": {name: {"source": theirs, "ours": ours} for name, (theirs, ours) in difference.columns.items()},
    }


COMMAND = verify
