"""The sample cloud of the cookbook, synced into a reporting database on each server, once for all pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from reporting_pollster.demo import DemoCloud, build
from tests.docs.cookbook import INSTANCES, UNTIL, fill
from tests.servers import Server, SQLite
from tests.stores import engine_of

_STATISTICS = {"sqlite": "SELECT 1", "mariadb": "SELECT 1", "postgresql": "ANALYZE"}


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> DemoCloud:
    """Return the sample cloud that the page is about."""
    return build(tmp_path_factory.mktemp("cookbook"), now=UNTIL, instances=INSTANCES)


@pytest.fixture(scope="session", params=["sqlite", "mariadb", "postgresql"])
def engine(
    request: pytest.FixtureRequest, cloud: DemoCloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Return its reporting database, on each server."""
    directory = tmp_path_factory.mktemp("store")
    server: Server = SQLite(directory) if request.param == "sqlite" else request.getfixturevalue(request.param)
    server.create_database("cookbook")
    fill(cloud, server.url("cookbook"), directory)
    engine = engine_of(server.url("cookbook"))
    with engine.begin() as connection:
        connection.exec_driver_sql(_STATISTICS[request.param])  # PostgreSQL would make them when it finds the time
    yield engine
    engine.dispose()
    server.drop_database("cookbook")
