"""A healthy cloud, so that each test says what it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from reporting_pollster.config.settings import DatabaseSettings, ReportingSettings, Settings, SyncSettings
from reporting_pollster.services.doctor import Finding, examine
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.openstack import NEWEST, Cloud
from tests.pollster import REGION
from tests.servers import SQLite
from tests.services import reader


class Patient:
    """A cloud as a limited account sees it, and a reporting database."""

    def __init__(self, cloud: Cloud, store_url: str) -> None:
        self.cloud = cloud
        databases, cells = reader.databases_of(cloud, user=reader.READER)
        self.settings = Settings(
            reporting=ReportingSettings(store_url, group="reporting"), region=REGION, databases=databases, cells=cells
        )
        self.engine: Engine = create_store_engine(store_url)
        upgrade(self.engine)

    def configure(self, name: str, **changes: Any) -> None:
        """Change how one database is reached; without changes it is no longer configured."""
        kind = "cells" if name in self.settings.cells else "databases"
        known: dict[str, DatabaseSettings] = dict(getattr(self.settings, kind))
        one = known.pop(name)
        if changes:
            known[name] = DatabaseSettings(one.url.set(**changes).render_as_string(hide_password=False), group=name)
        self.settings = replace(self.settings, **{kind: known})

    def sync_settings(self, **changes: Any) -> None:
        self.settings = replace(self.settings, sync=replace(SyncSettings(), **changes))

    def examine(self) -> list[Finding]:
        sources = Sources.of(self.settings)
        try:
            return examine(self.settings, sources, lambda: self.engine)
        finally:
            sources.close()

    def complaints(self) -> list[Finding]:
        """All findings that are not just right."""
        return [finding for finding in self.examine() if finding.level != "ok"]

    def complaint(self) -> Finding:
        """The only one."""
        (finding,) = self.complaints()
        return finding

    def found(self, subject: str, check: str) -> str:
        """What one check says of one thing."""
        (finding,) = [each for each in self.examine() if (each.subject, each.check) == (subject, check)]
        return finding.text

    def administer(self, statement: str) -> None:
        """Run a statement in which {nova_cell1} and the like are the names of databases."""
        names = {name: self.cloud.database(name) for name in self.cloud.names}
        self.cloud.server.execute(statement.format(**names))

    def close(self) -> None:
        self.engine.dispose()


@pytest.fixture
def admit(openstack: Callable[..., Cloud], sqlite: SQLite) -> Iterator[Callable[..., Patient]]:
    """Give the patient of a release."""
    admitted: list[Patient] = []

    def give(release: str = NEWEST) -> Patient:
        cloud = openstack(release)
        reader.fill(cloud)
        cloud.execute("nova_api", "UPDATE cell_mappings SET uuid = %s WHERE name = 'cell0'", (reader.CELL0,))
        cloud.execute("nova_api", "DELETE FROM cell_mappings WHERE name = 'one'")
        reader.create_reader(cloud)
        admitted.append(Patient(cloud, sqlite.url("reporting")))
        return admitted[-1]

    yield give
    for patient in admitted:
        patient.close()


@pytest.fixture
def patient(admit: Callable[..., Patient]) -> Patient:
    """The one of the newest release."""
    return admit()
