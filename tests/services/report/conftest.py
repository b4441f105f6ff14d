"""A reporting database on SQLite: the reports' own tests look at the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.warehouse import Warehouse
from tests.servers import SQLite
from tests.stores import Stores, engine_of


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    """Return SQLite in a directory that stays, so that its tables are made once."""
    return SQLite(tmp_path_factory.mktemp("report"))


@pytest.fixture
def warehouse(sqlite: SQLite, stores: Stores) -> Iterator[Warehouse]:
    """Return an empty one."""
    with stores.lent(sqlite) as url:
        yield Warehouse(engine_of(url))
