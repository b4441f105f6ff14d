"""Almanach's API over an empty reporting database, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete

from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import writing
from tests.api.almanach.day import Day
from tests.api.asking import Asking
from tests.servers import MariaDB, Server, SQLite
from tests.stores import Stores

_WRITTEN = ("almanach_entity", "almanach_entry", "almanach_volume_type", "period_due")


@pytest.fixture(scope="session")
def almanach(sqlite: SQLite, stores: Stores) -> Iterator[Asking]:
    """Return an API for all tests: making one takes longer than most of them."""
    with stores.lent(sqlite) as url:
        ask = Asking(url)
        yield ask
        ask.close()


@pytest.fixture
def day(almanach: Asking) -> Iterator[Day]:
    """Return what asks Almanach's API over an SQLite database to which nobody wrote yet."""
    yield Day(almanach)
    with writing(almanach.application.store) as connection:
        for name in _WRITTEN:
            connection.execute(delete(whole_metadata().tables[name]))


@pytest.fixture(params=["mariadb", "postgresql"])
def day_on_each(request: pytest.FixtureRequest, stores: Stores, asking: Callable[..., Asking]) -> Iterator[Day]:
    """Return the same over the other databases, one after the other."""
    server: Server = request.getfixturevalue(request.param)
    with stores.lent(server) as url:
        yield Day(asking(url))


@pytest.fixture
def mariadb_store(mariadb: MariaDB, stores: Stores) -> Iterator[str]:
    """Return the URL of an empty reporting database on MariaDB."""
    with stores.lent(mariadb) as url:
        yield url
