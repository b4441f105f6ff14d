"""`export`: periods, usage and FOCUS rows as files for other tools.

Each dataset is a command of its own, made from its description, as reports are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from reporting_pollster.app import Application
from reporting_pollster.exports.formats import FORMATS
from reporting_pollster.services.export import DATASETS, Destination
from reporting_pollster.services.report import read_request

_HELP = {
    "from": ("TIME", "Begin of the time span, UTC; default: of the month."),
    "to": ("TIME", "Its end, exclusive; default: now."),
    "month": ("YYYY-MM", "A whole month, instead of both."),
    "as-known-at": ("TIME", "What was known at this instant, without later corrections."),
}


class ExportGroup(click.Group):
    """Finds the commands among the datasets."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All datasets."""
        return list(DATASETS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command that writes one dataset."""
        return _command(cmd_name) if cmd_name in DATASETS else None


@click.group(cls=ExportGroup, epilog="Example: reporting-pollster export usage --month 2026-10 --output /srv/export")
def export() -> None:
    """Write files for other tools: a folder for each month, and a manifest.json with their checksums.

    Files are replaced as a whole, the manifest last. An export that is repeated writes the same bytes, unless
    something else is known by now.
    """


def _command(name: str) -> click.Command:
    about = DATASETS[name].about

    @click.pass_obj
    def run(
        app: Application, /, output: Path, output_format: str, rates: Path | None = None, **given: str | None
    ) -> None:
        request = read_request(about, {key.replace("_", "-"): value for key, value in given.items()})
        exports = app.export(name, request, Destination(output, output_format), rates)
        for done in exports:
            for file in done.files:
                click.echo(f"{output / file.path}: {file.rows} rows")
            if done.complete_to < done.window_to:
                click.echo(f"{done.month} is known until {done.complete_to} only.", err=True)
            for note in done.notes:
                click.echo(f"{done.month}: {note}", err=True)

    return click.Command(
        name,
        callback=run,
        params=[*_parameters(name)],
        help=f"{about.title}.\n\n{about.description}",
        epilog=f"Example: reporting-pollster export {name} {about.example}",
    )


def _parameters(name: str) -> Iterator[click.Option]:
    dataset = DATASETS[name]
    words = ("from", "to", "month", *(("as-known-at",) if dataset.about.remembers else ()))
    for word in words:
        metavar, text = _HELP[word]
        yield click.Option([f"--{word}"], metavar=metavar, help=text)
    file = click.Path(path_type=Path, dir_okay=False)
    if dataset.needs_rates:
        yield click.Option(
            ["--rates"], type=file, metavar="FILE", help="Price list; default: the one of [rating] file."
        )
    formats: Any = click.Choice(tuple(FORMATS))
    yield click.Option(["--format", "output_format"], type=formats, default="csv", show_default=True, help="Of files.")
    directory = click.Path(path_type=Path, file_okay=False)
    yield click.Option(["--output"], type=directory, metavar="DIRECTORY", required=True, help="Where files go.")


COMMAND = export
