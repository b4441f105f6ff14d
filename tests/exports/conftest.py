"""A reporting database with use that has prices, on each server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exports.exporting import Exporter
from tests.reports.warehouse import Warehouse
from tests.services.rate.rated import fill
from tests.stores import engine_of


@pytest.fixture
def warehouse(ready_store_url: str) -> Warehouse:
    """Return a warehouse with some use of some projects."""
    filled = Warehouse(engine_of(ready_store_url))
    fill(filled)
    return filled


@pytest.fixture
def exporter(warehouse: Warehouse, tmp_path: Path) -> Exporter:
    """Return what exports it into a directory of the test's own."""
    return Exporter(warehouse, tmp_path / "exports")
