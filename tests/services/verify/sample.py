"""A pollster on a sample cloud: SQLite files that a test may damage as it likes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from reporting_pollster.config.settings import DatabaseSettings, SyncSettings
from reporting_pollster.demo import DemoCloud
from reporting_pollster.services.verify import Request, Verdict, verify
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.sources.database import Database
from reporting_pollster.store.migration import upgrade
from tests.pollster import Pollster
from tests.stores import engine_of

REGION = "demo"


class Sample(Pollster):
    """A pollster that follows a copy of a sample cloud."""

    def __init__(self, built: Path, directory: Path, store_url: str, **settings: Any) -> None:
        shutil.copytree(built, directory, dirs_exist_ok=True)
        demo = DemoCloud.at(directory)
        self.files = {**demo.databases, **demo.cells}
        self.engine = engine_of(store_url)
        self.settings = replace(SyncSettings(), **settings)
        self.sources = Sources(
            REGION,
            {name: _database(name, path) for name, path in demo.databases.items()},
            {name: _database(name, path) for name, path in demo.cells.items()},
        )
        upgrade(self.engine)

    def verify(self, *names: str, **request: Any) -> list[Verdict]:
        """A verification."""
        return verify(self.sources, self.engine, self.settings, Request(names, **request))

    def execute(self, database: str, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run one statement in the cloud, and return its rows."""
        with closing(sqlite3.connect(self.files[database])) as connection, connection:
            return connection.execute(sql, parameters).fetchall()


def _database(name: str, path: Path) -> Database:
    return Database(name, DatabaseSettings(f"sqlite:///{path}", group=name))
