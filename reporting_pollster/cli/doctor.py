"""`doctor`: whether everything that a sync depends on is as it should be."""

from __future__ import annotations

import sys
from collections import Counter

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.services.doctor import Finding

_COLUMNS = ("level", "subject", "check", "finding", "next_step")


@click.command(epilog="Example: reporting-pollster doctor")
@format_option("table", "json")
@click.pass_obj
def doctor(app: Application, output_format: str) -> None:
    """Check settings, databases, privileges, cells, clocks and indexes.

    Every finding is ok, a warning or a problem, with what to do next. Nothing is changed anywhere. Exit status 1
    says that there is a problem.
    """
    findings = app.doctor()
    print_rows(_COLUMNS, map(_row, findings), output_format)
    count = Counter(finding.level for finding in findings)
    click.echo(f"{_many(count['problem'], 'problem')}, {_many(count['warning'], 'warning')}.", err=True)
    if count["problem"]:
        sys.exit(1)


def _row(finding: Finding) -> tuple[object, ...]:
    return (finding.level, finding.subject, finding.check, finding.text, finding.next_step)


def _many(count: int, what: str) -> str:
    return f"{count or 'no'} {what}" + ("" if count == 1 else "s")


COMMAND = doctor
