"""`reporting-db-sync`: creates, upgrades and rebuilds the reporting database's schema.

A program of its own and no command of the group, because it always was one: scripts and puppet call it with these
options. A password among them can be read by every user of the machine, so there are two other ways to give it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import URL

from reporting_pollster import __version__, logs
from reporting_pollster.app import Application
from reporting_pollster.cli import Answering, loader
from reporting_pollster.config import LogSettings
from reporting_pollster.services.schema import SchemaRequest
from reporting_pollster.store.migration import Change

_ENGINES = {"mysql": "mysql", "mariadb": "mysql", "postgresql": "postgresql", "sqlite": "sqlite"}
_QUESTION = (
    "Every table of the reporting database will be dropped, with what OpenStack itself has forgotten.\nType Y to go on"
)


@click.command(
    cls=Answering,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: reporting-db-sync --db-name=reporting --db-user=reporting --db-pass=- --db-host=db1",
)
@click.option("--db-name", metavar="NAME", help="Database to work on, for SQLite its file; else the configured one.")
@click.option("--db-user", metavar="USER", help="Account that may create and alter tables.")
@click.option(
    "--db-pass",
    metavar="PASSWORD",
    envvar="REPORTING_DB_PASS",
    show_envvar=True,
    help="Its password, better given as - (asked for, or the first line of the standard input) or in the environment:"
    " other users can see what is on the command line.",
)
@click.option("--db-host", metavar="HOST", help="Server of the database.  [default: localhost]")
@click.option("--db-port", metavar="PORT", type=click.IntRange(1, 65535), help="Its port, if not the usual one.")
@click.option("--db-engine", type=click.Choice(list(_ENGINES)), help="Its kind.  [default: mysql]")
@click.option(
    "--schema",
    "schema_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Create the tables of this SQL file (.sql, .sql.gz, .sql.bz2) in an empty database, then what it lacks.",
)
@click.option("--recreate", is_flag=True, help="Drop our tables first; they are then filled from the sources again.")
@click.option("--yes", is_flag=True, help="Do not ask before dropping.")
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    help="Wait for a server that is not there yet.",
)
@click.option(
    "--config-file", metavar="FILE", type=click.Path(path_type=Path), help="Read this file and not the usual ones."
)
@click.option("--verbose", "-v", is_flag=True, help="Log the steps of the work and the traceback of an error.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.version_option(__version__, prog_name="reporting-db-sync", message="%(prog)s %(version)s")
def main(
    db_name: str | None,
    db_user: str | None,
    db_pass: str | None,
    db_host: str | None,
    db_port: int | None,
    db_engine: str | None,
    schema_file: Path | None,
    recreate: bool,
    yes: bool,
    wait: float,
    config_file: Path | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Create the reporting database's tables, or bring them up to date without losing a row.

    Nothing happens when they are up to date. A database that belongs to another program is refused.
    Exit status 2 says that --recreate was neither confirmed at a terminal nor by --yes.
    """
    wanted = int(verbose) - int(quiet)
    logs.configure(LogSettings(log_level="WARNING"), verbose=wanted)
    address = _address(db_engine, db_name, db_user, db_pass, db_host, db_port)
    if recreate and not yes:
        _confirm()
    app = Application(loader((config_file,) if config_file else (), (), wanted))
    change = app.synchronise_schema(
        SchemaRequest(schema_file, recreate, wait), address, _no_progress if quiet else _say
    )
    if not quiet:
        click.echo(_result(change, recreate))


def _address(
    engine: str | None, name: str | None, user: str | None, password: str | None, host: str | None, port: int | None
) -> str | None:
    """The URL of the named database; None for the configured one."""
    if name is None:
        if any((engine, user, host, port)):
            raise click.UsageError("--db-engine, --db-user, --db-host and --db-port need --db-name.")
        return None
    backend = _ENGINES[engine or "mysql"]
    if backend == "sqlite":
        return URL.create(backend, database=name).render_as_string()
    if password == "-":
        password = _ask_password()
    here = "localhost" if port is None else "127.0.0.1"  # MySQL's library takes localhost for its socket
    url = URL.create(backend, user, password, host or here, port, name)
    return url.render_as_string(hide_password=False)


def _ask_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("--recreate drops all tables: confirm it with --yes.")
    if click.prompt(_QUESTION, default="", show_default=False, err=True).strip().upper() != "Y":
        click.echo("Nothing was changed.", err=True)
        sys.exit(2)


def _say(step: str) -> None:
    click.echo(step, err=True)


def _no_progress(step: str) -> None:
    """Say nothing."""


def _result(change: Change, recreate: bool) -> str:
    if recreate:
        return f"Rebuilt at revision {change.after}; the next sync reads every source again."
    if change.before is None:
        return f"Created at revision {change.after}."
    if change.before == change.after:
        return f"Nothing to do, the schema is at revision {change.after}."
    return f"Upgraded from revision {change.before} to {change.after}."
