"""A reporting database on SQLite: the reports' own tests look at the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.warehouse import Warehouse
from tests.servers import SQLite
from tests.stores import Stores, engine_of


@pytest.fixture
def warehouse(in_memory: SQLite, stores: Stores) -> Iterator[Warehouse]:
    """Return an empty one."""
    with stores.lent(in_memory) as url:
        yield Warehouse(engine_of(url))
