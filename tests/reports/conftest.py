"""A reporting database for each report's test, on each server."""

from __future__ import annotations

import pytest

from tests.reports.warehouse import Warehouse
from tests.stores import engine_of


@pytest.fixture
def warehouse(ready_store_url: str) -> Warehouse:
    """Return an empty one."""
    return Warehouse(engine_of(ready_store_url))
