"""The command line: `reporting-pollster`.

A module of this package is a command when it has a `COMMAND`, a click command or group; the command is called like
the module, with - for _. Nothing else lists it. A command's help ends in an example (`epilog="Example: ..."`).

Commands let our errors pass: they become one line and an exit status here. So does everything else that can end a
command, since a traceback helps no operator and a report piped into `head` is no failure.
"""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from reporting_pollster import __version__, logs
from reporting_pollster.app import Application
from reporting_pollster.config import LogSettings, Settings, load
from reporting_pollster.config.url import mask_text
from reporting_pollster.errors import PollsterError

LOG = logging.getLogger(__name__)

# As sysexits.h and the shell have them.
INTERNAL_ERROR = 70
INTERRUPTED = 130
PIPE_CLOSED = 141


class Answering(click.Command):
    """Answers for what is raised within a command."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn whatever ends it into an exit status."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()  # here a closed pipe can still be dealt with; at the interpreter's end it cannot
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except PollsterError as error:
            LOG.debug("command failed", exc_info=True)
            _fail(str(error), error.exit_status)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except Exception as error:  # nobody above could act on it either
            LOG.log(logging.DEBUG if logs.is_watched() else logging.ERROR, "unexpected error", exc_info=True)
            _fail(
                f"unexpected {type(error).__name__}: {error}; please report it with what --verbose shows",
                INTERNAL_ERROR,
            )


class CommandGroup(Answering, click.Group):
    """Finds the commands among the modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all modules that are commands."""
        names = [module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__)]
        return sorted(name for name in names if self.get_command(ctx, name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one module, which alone is imported."""
        module = cmd_name.replace("-", "_")
        if module not in [each.name for each in pkgutil.iter_modules(__path__)]:
            return None
        command = getattr(importlib.import_module(f"{__name__}.{module}"), "COMMAND", None)
        return command if isinstance(command, click.Command) else None


def _fail(text: str, status: int) -> NoReturn:
    click.echo(f"Error: {mask_text(' '.join(text.split()))}", err=True)
    sys.exit(status)


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: reporting-pollster --config-file test.conf sync",
)
@click.option(
    "--config-file",
    "config_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read this file and not the usual ones; may be repeated, a later file wins.",
)
@click.option(
    "--config-dir",
    "config_dirs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIRECTORY",
    help="Read the *.conf files of this directory after those; may be repeated.",
)
@click.option("--verbose", "-v", is_flag=True, help="Log the steps of the work and the traceback of an error.")
@click.option("--quiet", "-q", is_flag=True, help="Log nothing but errors and show no progress.")
@click.version_option(__version__, prog_name="reporting-pollster", message="%(prog)s %(version)s")
@click.pass_context
def main(
    ctx: click.Context, config_files: tuple[Path, ...], config_dirs: tuple[Path, ...], verbose: bool, quiet: bool
) -> None:
    """Copy OpenStack's databases into one reporting database and keep their history.

    Settings come from /etc/reporting-pollster/reporting-pollster.conf, conf.d/*.conf beside it, and
    the environment; REPORTING_POLLSTER_CONFIG may name another file.
    """
    wanted = int(verbose) - int(quiet)
    logs.configure(LogSettings(log_level="WARNING"), verbose=wanted)
    ctx.obj = Application(loader(config_files, config_dirs, wanted))


def loader(files: tuple[Path, ...], directories: tuple[Path, ...], verbose: int) -> Callable[[], Settings]:
    """Reads the settings when they are first needed, and from then on logs as they say."""

    def load_and_log() -> Settings:
        settings = load(files, directories)
        logs.configure(settings.log, verbose=verbose)
        return settings

    return load_and_log
