"""A reporting database for views, on each server."""

from __future__ import annotations

import pytest

from tests.reports.warehouse import Warehouse
from tests.servers import SQLite
from tests.stores import engine_of


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SQLite:
    """Return SQLite in a directory that stays, so that its tables are made once."""
    return SQLite(tmp_path_factory.mktemp("views"))


@pytest.fixture
def warehouse(ready_store_url: str) -> Warehouse:
    """Return an empty one."""
    return Warehouse(engine_of(ready_store_url))
