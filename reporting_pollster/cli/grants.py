"""`grants`: the GRANT statements of an account that may only read what the pollster reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.domain.release import RELEASES
from reporting_pollster.services.grants import Grant, GrantRequest, accounts

_COLUMNS = ("source", "server", "database", "table", "columns", "condition", "statement")
_HEAD = """\
-- What reporting-pollster reads, column by column: an account with these privileges and no other is enough.
-- To be run by an administrator of each server; again after an upgrade of the pollster or of OpenStack.\
"""
_CONDITIONS = (
    "-- A statement below a release fails on the others, which is right: use mysql --force, or --release here."
)


@click.command(epilog="Example: reporting-pollster grants --create --release 2025.1 > grants.sql")
@click.option("--user", metavar="NAME", help="The account.  [default: the configured one, or reporting]")
@click.option("--host", metavar="HOST", default="%", show_default=True, help="Where it connects from.")
@click.option(
    "--optional/--no-optional",
    default=True,
    show_default=True,
    help="With what only some releases have, and the tables of archived rows.",
)
@click.option("--release", type=click.Choice(RELEASES), help="Print what this release has, and nothing that it lacks.")
@click.option("--create", is_flag=True, help="Create the account, too; its password is yours to fill in.")
@format_option("sql", "json")
@click.pass_obj
def grants(
    app: Application,
    user: str | None,
    host: str,
    optional: bool,
    release: str | None,
    create: bool,
    output_format: str,
) -> None:
    """Print the GRANT statements of a read-only account.

    They name the columns that the pollster's own queries name. Databases and accounts are the configured ones;
    without a configuration they are called as usual. Connects to nothing.
    """
    found = app.grants(GrantRequest(user, host, optional, release))
    if output_format == "json":
        print_rows(_COLUMNS, map(_row, found), "json")
        return
    for line in _lines(found, create):
        click.echo(line)


def _lines(found: list[Grant], create: bool) -> Iterator[str]:
    yield _HEAD
    if any(grant.since or grant.before for grant in found):
        yield _CONDITIONS
    if create:
        yield ""
        yield from accounts(found)
    for place, own in groupby(found, key=lambda grant: grant.place):
        yield ""
        yield f"-- {place.source}: database {place.database}" + (f" on {place.server}" if place.server else "")
        for grant in own:
            yield grant.statement + (f" -- {grant.condition}" if grant.condition else "")


def _row(grant: Grant) -> tuple[object, ...]:
    place = grant.place
    return (
        *(place.source, place.server, place.database, grant.table, list(grant.columns)),
        *(grant.condition, grant.statement),
    )


COMMAND = grants
