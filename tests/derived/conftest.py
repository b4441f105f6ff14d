from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reporting_pollster.store.migration import upgrade
from tests.derived.traced import Traced
from tests.openstack import NEWEST, Cloud
from tests.servers import SQLite
from tests.stores import engine_of


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a reporting database without a row, to be copied: making one takes half a second."""

    server = SQLite(tmp_path_factory.mktemp("untouched"))
    engine = engine_of(server.url("reporting"))
    upgrade(engine)
    engine.dispose()
    return server.path("reporting")


@pytest.fixture
def trace(openstack: Callable[..., Cloud], sqlite: SQLite, untouched: Path) -> Iterator[Callable[..., Traced]]:
    """Give an empty cloud of a release and what follows it, on SQLite: `trace("2019.2", without=("neutron",))`."""
    given: list[Traced] = []

    def give(release: str = NEWEST, **settings: object) -> Traced:
        name = f"reporting{len(given)}"
        shutil.copy(untouched, sqlite.path(name))
        given.append(Traced(openstack(release), sqlite.url(name), **settings))
        return given[-1]

    yield give
    for traced in given:
        traced.close()


@pytest.fixture
def traced(trace: Callable[..., Traced]) -> Traced:
    """Give an empty cloud of the newest release, followed on SQLite."""
    return trace()


@pytest.fixture
def traced_on_each(cloud: Cloud, ready_store_url: str) -> Iterator[Traced]:
    """Give the same on each server that a reporting database may live on, one after the other."""
    traced = Traced(cloud, ready_store_url)
    yield traced
    traced.close()
