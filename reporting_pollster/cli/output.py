"""How commands print: rows as a table, CSV or JSON on the standard output, progress on the standard error.

A table that is piped is as wide as its content: cut to 80 columns, as terminal libraries like to do, it would be of no
use to `grep`. Progress is for people, so a pipe gets none.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.progress import Progress

FORMATS = ("table", "csv", "json")
_UNBOUNDED = 10_000

Command = TypeVar("Command", bound=Callable[..., Any])
Row = Sequence[object]


def format_option(*formats: str) -> Callable[[Command], Command]:
    """The option --format, given to the command as `output_format`; the first format is the default."""
    names = formats or FORMATS
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="How to print the result.",
    )


def print_rows(columns: Sequence[str], rows: Iterable[Row], output_format: str) -> None:
    """Print rows; as CSV and JSON they are streamed."""
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[output_format](columns, rows)


def print_json(document: object) -> None:
    """Print one JSON document, for results that are more than rows."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=_json)
    sys.stdout.write("\n")


def progress() -> Progress:
    """Progress bars, to be used as a context manager; they show on a terminal only, and not with --quiet."""
    from rich.console import Console  # slow to import for the many commands without it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    context = click.get_current_context(silent=True)
    quiet = context is not None and bool(context.find_root().params.get("quiet"))
    hidden = quiet or not sys.stderr.isatty()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, quiet=hidden),  # before rich 14, bars that are disabled still end in a line break
        transient=True,
        disable=hidden,
    )


def _print_table(columns: Sequence[str], rows: Iterable[Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(columns):
        is_number = _all_numbers(row[number] for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_text(value)) for value in row))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else _UNBOUNDED, highlight=False).print(table)


def _all_numbers(values: Iterable[object]) -> bool:
    return all(isinstance(each, int | float | Decimal | None) and not isinstance(each, bool) for each in values)


def _print_csv(columns: Sequence[str], rows: Iterable[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(value) for value in row] for row in rows)


def _print_json(columns: Sequence[str], rows: Iterable[Row]) -> None:
    start = "["
    for row in rows:
        line = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, default=_json)
        sys.stdout.write(f"{start}\n  {line}")
        start = ","
    sys.stdout.write("[]\n" if start == "[" else "\n]\n")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case list() | tuple():
            return ", ".join(map(_text, value))
    return str(value)


def _json(value: object) -> str:
    """What JSON has no type for. Our times are UTC, and others can only know it if we say so."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else str(value)
