from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.entities.followed import Followed
from tests.openstack import NEWEST, Cloud
from tests.servers import SQLite


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty reporting database, to be copied: making one takes half a second."""
    server = SQLite(tmp_path_factory.mktemp("empty"))
    engine = create_store_engine(server.url("reporting"))
    upgrade(engine)
    engine.dispose()
    return server.path("reporting")


@pytest.fixture
def follow(openstack: Callable[..., Cloud], sqlite: SQLite, empty_store: Path) -> Iterator[Callable[..., Followed]]:
    """Give an empty cloud of a release, followed with some settings: `follow("2019.2", without=("neutron",))`."""
    given: list[Followed] = []

    def give(release: str = NEWEST, **settings: object) -> Followed:
        name = f"reporting{len(given)}"
        shutil.copy(empty_store, sqlite.path(name))
        given.append(Followed(openstack(release), sqlite.url(name), **settings))
        return given[-1]

    yield give
    for followed in given:
        followed.close()


@pytest.fixture
def followed(follow: Callable[..., Followed]) -> Followed:
    """Give an empty cloud of the newest release with every optional database."""
    return follow()
