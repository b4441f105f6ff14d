"""`api`: the REST API, served by gunicorn.

The application is named, not imported, as it is on gunicorn's own command line: commands and the API know nothing of
each other. Threads, since a long answer must not keep a process from its other readers, nor let gunicorn take it for
stuck.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from reporting_pollster.app import Application

_APPLICATION = "reporting_pollster.api"
_THREADS = 8


@click.command(epilog="Example: reporting-pollster api --bind 0.0.0.0 --port 8000")
@click.option("--bind", metavar="ADDRESS", help="Listen on this address; without it [api] bind says which.")
@click.option("--port", metavar="PORT", type=click.IntRange(0, 65535), help="Listen on this port, not on [api] port.")
@click.option("--workers", metavar="PROCESSES", type=click.IntRange(min=1), help="Answer in so many processes.")
@click.pass_obj
def api(app: Application, bind: str | None, port: int | None, workers: int | None) -> None:
    """Serve the REST API until stopped.

    SIGTERM lets requests end, SIGINT does not. `gunicorn "reporting_pollster.api:create_app()"` serves the
    same with all options of gunicorn.
    """
    settings = app.settings.api
    settings.require_usable()
    address = settings.bind if bind is None else bind
    options = {
        "bind": f"{f'[{address}]' if ':' in address else address}:{settings.port if port is None else port}",
        "workers": workers or settings.workers,
        "worker_class": "gthread",
        "threads": _THREADS,
        "proc_name": "reporting-pollster api",
    }
    import_module(f"{_APPLICATION}.session")  # makes a key for cookies that all processes share, before there are any
    _serve(lambda: import_module(_APPLICATION).create_app(app), options)


def _serve(load: Callable[[], Any], options: dict[str, Any]) -> None:
    from gunicorn.app.base import BaseApplication  # slow to import, and of no use to other commands

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return load()

    Server().run()


COMMAND = api
