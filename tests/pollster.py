"""The whole path in tests: rows in a real OpenStack schema, a sync, and what the reporting database says then."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, make_url, select

from reporting_pollster.config.settings import DatabaseSettings, SyncSettings
from reporting_pollster.services.sync import Request, UnitResult, sync
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.sources.database import Database
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading
from reporting_pollster.store.migration import upgrade
from tests.openstack import Cloud
from tests.stores import engine_of

REGION = "RegionOne"
SERVICES = ("keystone", "nova_api", "cinder", "glance", "neutron", "heat")  # without the enrichment
BOOKKEEPING = {"first_seen", "known_from", "changed_at", "vanished_after", "vanished_before", "last_seen"}


class Pollster:
    """A pollster that follows one test cloud into one reporting database."""

    def __init__(
        self, cloud: Cloud, store_url: str, *, region: str = REGION, sources: Sources | None = None, **settings: Any
    ) -> None:
        self.cloud = cloud
        self.engine: Engine = engine_of(store_url)
        self.settings = replace(SyncSettings(), **settings)
        self.sources = sources or sources_of(cloud, region)
        upgrade(self.engine)

    def sync(self, *names: str, **request: Any) -> list[UnitResult]:
        """One cycle that must be good."""
        results = self.attempt(*names, **request)
        bad = [result for result in results if not result.is_good]
        assert not bad, bad
        return results

    def attempt(self, *names: str, **request: Any) -> list[UnitResult]:
        """One cycle, whatever becomes of it."""
        return sync(self.sources, self.engine, self.settings, Request(names, **request))

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """Rows of a reporting table, in the order of its key."""
        target = whole_metadata().tables[table]
        query = select(target).order_by(*target.primary_key)
        for name, value in where.items():
            query = query.where(target.c[name] == value)
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def one(self, table: str, **where: Any) -> dict[str, Any]:
        """The only row that fits."""
        found = self.rows(table, **where)
        assert len(found) == 1, f"{len(found)} rows of {table} with {where}"
        return found[0]

    def contents(self, tables: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
        """All rows of the tables without bookkeeping, to compare two reporting databases."""
        from reporting_pollster.entities import catalogue

        names = tables or tuple(catalogue())
        return {name: [_plain(row) for row in self.rows(name)] for name in names}

    def use(self, name: str, cloud: Cloud, database: str | None = None) -> None:
        """Read one source from another database than before, as a mistaken connection would."""
        self.use_url(name, cloud.url(database or name))

    def use_url(self, name: str, url: str) -> None:
        """Read one source from anywhere."""
        settings = DatabaseSettings(url, group=name)
        if name in self.sources.cells:
            self.sources.cells[name] = Database(name, settings)  # type: ignore[index]
        else:
            self.sources.databases[name] = Database(name, settings)  # type: ignore[index]

    def close(self) -> None:
        self.sources.close()
        self.engine.dispose()


def sources_of(
    cloud: Cloud,
    region: str = REGION,
    *,
    user: str | None = None,
    names: Container[str] = SERVICES,
    init_command: str | None = None,
) -> Sources:
    """The cells of a test cloud and the named databases; `init_command` begins each connection."""
    options = {} if user is None else {"user": user}
    databases, cells = {}, {}
    for name in cloud.names:
        cell = name.removeprefix("nova_") if name.startswith("nova_cell") else None
        if cell is None and name not in names:
            continue
        url = make_url(cloud.url(name, **options))
        if init_command is not None:
            url = url.set(drivername="mysql").update_query_dict({"init_command": init_command})
        connection = url.render_as_string(hide_password=False)
        settings = DatabaseSettings(connection, group=f"cell:{cell}" if cell else name)
        if cell:
            cells[cell] = Database(cell, settings)
        else:
            databases[name] = Database(name, settings)
    return Sources(region, databases, cells)


def at(text: str) -> datetime:
    """A time of a test: `at("10-01 09:00")` in the year 2026."""
    return datetime.fromisoformat(f"2026-{text}")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in BOOKKEEPING}


__all__ = ["BOOKKEEPING", "REGION", "Pollster", "at", "sources_of"]
