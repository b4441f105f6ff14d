"""`config`: the sample file, the effective settings, and whether they are right."""

from __future__ import annotations

import click

from reporting_pollster.app import Application
from reporting_pollster.cli.output import format_option, print_rows
from reporting_pollster.config import mask_url
from reporting_pollster.config.reading import Reading, Value, read
from reporting_pollster.config.sample import sample
from reporting_pollster.config.settings import NEEDED_SOURCES, OPTIONAL_SOURCES
from reporting_pollster.config.url import mask_text


@click.group("config", epilog="Example: reporting-pollster config check")
def COMMAND() -> None:
    """Show and check the settings."""


@COMMAND.command("sample", epilog="Example: reporting-pollster config sample > reporting-pollster.conf")
def print_sample() -> None:
    """Print the annotated sample file."""
    click.echo(sample(), nl=False)


@COMMAND.command(epilog="Example: reporting-pollster config show --format json")
@format_option("table", "json")
@click.pass_context
def show(ctx: click.Context, output_format: str) -> None:
    """Print the effective settings, secrets masked, and where each comes from.

    Works with settings that `config check` refuses. Databases that are not configured are left out.
    """
    paths = ctx.find_root().params
    reading = read(paths["config_files"], paths["config_dirs"])
    rows = [(each.group, each.name, _shown(each), each.origin) for each in _configured(reading)]
    print_rows(("group", "option", "value", "origin"), rows, output_format)


@COMMAND.command(epilog="Example: reporting-pollster --config-file new.conf config check")
@click.pass_obj
def check(app: Application) -> None:
    """Check that the settings are complete and make sense; connects to nothing.

    Exit status 2 when they do not.
    """
    app.settings.require_sources()
    files = ", ".join(map(str, app.settings.files))
    click.echo(f"The settings are complete ({files}).")


def _configured(reading: Reading) -> list[Value]:
    return [
        value
        for group, values in reading.groups.items()
        if group not in NEEDED_SOURCES + OPTIONAL_SOURCES or reading.is_written(group)
        for value in values.values()
    ]


def _shown(value: Value) -> object:
    match value.value:
        case str() as text if text:
            return mask_url(text) if value.secret else mask_text(text)
        case other:
            return other
