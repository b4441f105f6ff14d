"""A synced sample cloud behind a served API, as a browser finds it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import requests
from sqlalchemy import text

from reporting_pollster.app import demo_application
from reporting_pollster.demo import build
from reporting_pollster.services.schema import SchemaRequest
from reporting_pollster.services.sync import Request
from reporting_pollster.store.engine import create_store_engine, reading, writing
from tests.servers.daemon import Daemon, free_port, program
from tests.servers.keystone import Keystone

KEY = "a-private-key-that-nobody-guesses"
INSTANCES = 120
EVIL = "<img src=x onerror=alert(1)>"
_MOVED = ("instance", "instance_period", "volume", "volume_period", "usage_day")


class Warehouse(NamedTuple):
    """A reporting database, and the settings of the pollster that fills it."""

    url: str
    settings: str


def build_warehouse(directory: Path) -> Warehouse:
    """A reporting database with a sample cloud that lived until now."""
    now = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    cloud = build(directory, now=now, instances=INSTANCES)
    url = f"sqlite:///{directory}/reporting.sqlite"
    settings = directory / "demo.conf"
    settings.write_text(cloud.settings_text(url))
    application = demo_application(settings)
    application.synchronise_schema(SchemaRequest(), None, lambda step: None)
    application.sync(Request())
    application.store.dispose()
    return Warehouse(url, settings.read_text())


def last_month() -> tuple[str, str]:
    """The first day of the last month, of which everything is known whatever today is, and of this one."""
    end = datetime.now(UTC).date().replace(day=1)
    return (end - timedelta(days=1)).replace(day=1).isoformat(), end.isoformat()


def rename(url: str, project: str, name: str) -> None:
    """Give a project another name."""
    _change(url, "UPDATE project SET display_name = :name WHERE id = :project", name=name, project=project)


def hand_over(url: str, project: str, to: str) -> None:
    """Make one project's resources and use those of a project that keystone knows."""
    _change(url, "UPDATE project SET id = :to WHERE id = :project", to=to, project=project)
    for table in _MOVED:
        _change(url, f"UPDATE {table} SET project_id = :to WHERE project_id = :project", to=to, project=project)


def largest(url: str, place: int) -> str:
    """The id of the project with the most vCPU-hours of the last month, or the second, ..."""
    engine = create_store_engine(url)
    query = (
        "SELECT project_id FROM usage_day WHERE day >= :begin AND day < :end "
        "GROUP BY project_id ORDER BY sum(vcpu_seconds) DESC, project_id"
    )
    begin, end = last_month()
    with reading(engine) as connection:
        ids = list(connection.scalars(text(query), {"begin": begin, "end": end}))
    engine.dispose()
    return str(ids[place - 1])


def _change(url: str, statement: str, **values: str) -> None:
    engine = create_store_engine(url)
    with writing(engine) as connection:
        connection.execute(text(statement), values)
    engine.dispose()


class Served:
    """The API in a process of its own, on a port that stays its own when it is stopped and started again."""

    def __init__(self, settings: str, keystone: Keystone | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._daemon = Daemon("page", ours=True)
        self._settings = self._daemon.directory / "api.conf"
        self._settings.write_text("\n".join([settings, *_api(keystone), ""]))
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        command = ("--config-file", self._settings, "api", "--port", str(self.port), "--workers", "1")
        ready = f"{self.url}/session"
        pollster = program("reporting-pollster", [str(Path(sys.prefix) / "bin")])
        self._daemon.start(pollster, *command, ready=lambda: requests.get(ready, timeout=5), stop="QUIT")

    def halt(self) -> None:
        """Stop it, to start it again."""
        self._daemon.halt()

    def stop(self) -> None:
        """Stop it for good."""
        self._daemon.stop()


def _api(keystone: Keystone | None) -> list[str]:
    lines = ["[api]", f"private_key = {KEY}", "session_key = " + "s" * 40]
    if keystone is None:
        return lines
    named = [f"{name} = {value}" for name, value in keystone.settings().items()]
    return [*lines, "strategy = private_key, keystone", "[keystone_authtoken]", *named]
