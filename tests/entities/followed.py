"""The whole path of an entity: rows in OpenStack's own tables, a sync, and what the reporting database says then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.sources.database import Database
from tests.openstack import Cloud
from tests.pollster import Pollster

ENRICHMENT = ("rcshib", "dashboard")


class Followed:
    """A cloud and the reporting database that follows it. Every optional database is configured unless left out."""

    def __init__(self, cloud: Cloud, store_url: str, *, without: tuple[str, ...] = (), **settings: Any) -> None:
        self.cloud = cloud
        self.pollster = Pollster(cloud, store_url, **settings)
        databases = dict(self.pollster.sources.databases)
        for name in ENRICHMENT:
            databases[name] = Database(name, DatabaseSettings(cloud.url(name), group=name))
        _replace(self.pollster, {name: one for name, one in databases.items() if name not in without})

    def insert(self, database: str, table: str, **columns: Any) -> None:
        """Put a row into a source table."""
        self.cloud.insert(database, table, **columns)

    def execute(self, database: str, statement: str) -> None:
        """Change a source in any other way."""
        self.cloud.execute(database, statement)

    def read(self, name: str, **where: Any) -> list[dict[str, Any]]:
        """The rows of a table after a good cycle, in the order of the key, times as text."""
        self.pollster.sync(name)
        return [_plain(row) for row in self.pollster.rows(name, **where)]

    def one(self, name: str, **where: Any) -> dict[str, Any]:
        """The only row of a table with these values, after a good cycle."""
        found = self.read(name, **where)
        assert len(found) == 1, f"{len(found)} rows of {name} with {where}"
        return found[0]

    def versions(self, name: str) -> list[dict[str, Any]]:
        """The earlier versions of a table's rows, in the order in which they were superseded."""
        return [_plain(row) for row in self.pollster.rows(f"{name}_history")]

    def close(self) -> None:
        self.pollster.close()


def _replace(pollster: Pollster, databases: Mapping[str, Database]) -> None:
    sources = pollster.sources
    pollster.sources = type(sources)(sources.region, databases, sources.cells)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in row.items()}
