"""`explain`: why a figure is what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.services.explain import Explanation, Part, Question

_TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"])
_AMOUNTS = (
    *("vcpu_seconds", "memory_mb_seconds", "root_gb_seconds", "ephemeral_gb_seconds"),
    *("size_gb_seconds", "size_mb_seconds"),
)
_COLUMNS = ("kind", "resource", "from", "to", "state", "type", "zone", "seconds", *_AMOUNTS, "began", "ended")


@click.group(epilog="Example: reporting-pollster explain usage climate-modelling --from 2026-10-01 --to 2026-11-01")
def explain() -> None:
    """Say why a figure is what it is."""


@explain.command(epilog="Example: reporting-pollster explain usage climate-modelling --from 2026-10-01 --to 2026-11-01")
@click.argument("project")
@click.option("--from", "begin", type=_TIME, required=True, help="Begin of the time span (UTC).")
@click.option("--to", "end", type=_TIME, required=True, help="Its end, exclusive (UTC).")
@click.option("--resource", metavar="ID", help="Only of this instance, volume, ...")
@format_option("table", "csv", "json")
@click.pass_obj
def usage(
    app: Application, project: str, begin: datetime, end: datetime, resource: str | None, output_format: str
) -> None:
    """Every period that the use of PROJECT (its id or name) is made of, with its facts and the rules.

    A table ends with the totals per kind of resource: the figures of the usage report, exactly.
    """
    if end <= begin:
        raise click.BadParameter("the time span is empty: --to is exclusive and must be later than --from")
    with app.explain_usage(Question(project, begin, end, resource)) as explanation:
        with_totals = output_format == "table"
        print_rows(_COLUMNS, _rows(explanation, with_totals=with_totals), output_format)


def _rows(explanation: Explanation, *, with_totals: bool) -> Iterator[tuple[Any, ...]]:
    totals: dict[str, Counter[str]] = {}
    for part in explanation.parts:
        amounts = totals.setdefault(part.kind, Counter())
        amounts.update(part.amounts)
        amounts["all_seconds"] += part.seconds
        yield _row(part)
    if with_totals:
        yield from _totals(totals.items())


def _row(part: Part) -> tuple[Any, ...]:
    what = (part.kind, part.resource, part.start, part.end, part.state, part.type, part.availability_zone)
    return (*what, part.seconds, *(part.amounts.get(name) for name in _AMOUNTS), part.began, part.ended)


def _totals(totals: Iterable[tuple[str, Counter[str]]]) -> Iterator[tuple[Any, ...]]:
    for kind, amounts in totals:
        shown = (dict(amounts).get(name) for name in _AMOUNTS)
        yield (kind, "total", None, None, None, None, None, amounts["all_seconds"], *shown, None, None)


COMMAND = explain
