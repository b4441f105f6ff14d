"""A reporting database with a handful of rows of every established kind."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from reporting_pollster.store.engine import writing
from reporting_pollster.store.tables import SyncState, TableMetadata
from tests.reports.warehouse import Warehouse

UPDATED = datetime(2026, 3, 1, 10)
CREATED = datetime(2026, 2, 1, 9, 30)
DELETED = datetime(2026, 2, 20, 8)
PROJECT = "aa11bb22cc33"
FIRST = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40001"
SECOND = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40002"
THIRD = "0d1f0c1e-7a44-4c0a-9d5b-b0a5b9a40003"
STRANGE = '100% o\'clock; DROP "x" \\ _ ü'


def fill(warehouse: Warehouse) -> None:
    """Put the rows in, and say when they were read."""
    instance: dict[str, Any] = {"project_id": PROJECT, "created": CREATED, "hypervisor": "node1", "cell_name": "cell1"}
    instance |= {"availability_zone": "Melbourne", "vcpus": 2, "memory": 4096, "root": 10, "ephemeral": 0, "flavour": 7}
    warehouse.put("instance", id=FIRST, name="Web One", active=True, **instance)
    warehouse.put("instance", id=SECOND, name="", active=False, deleted=DELETED, **instance)
    warehouse.put("instance", id=THIRD, name=STRANGE, active=True, **{**instance, "vcpus": 8})
    project: dict[str, Any] = {"organisation": "", "description": "", "enabled": True}
    warehouse.put("project", id=PROJECT, display_name="Physics", personal=False, has_instances=True, **project)
    warehouse.put("project", id="p2", display_name="Chemistry", personal=False, has_instances=False, **project)
    warehouse.put("project", id="p3", display_name="pt-7", personal=True, has_instances=True, **project)
    warehouse.put("historical_usage", day=date(2026, 2, 28), vcpus=12, memory=8192, local_storage=30)
    warehouse.put("aggregate_host", id=1, host="node1", availability_zone="Melbourne", last_seen=UPDATED)
    warehouse.put("flavour", id=7, uuid="m1", name="m1.small", vcpus=2, memory=4096, root=10, ephemeral=0, public=True)
    refreshed(warehouse, instance=3, project=3, aggregate_host=1, flavour=1)


def refreshed(warehouse: Warehouse, at: datetime = UPDATED, **tables: int) -> None:
    """Say that tables were read, and how many rows they have."""
    with writing(warehouse.engine) as connection:
        for name, rows in tables.items():
            connection.execute(insert(TableMetadata).values(table_name=name, last_update=at, row_count=rows))
            state = {"table_name": name, "region": "RegionOne", "source": "region", "loaded": True, "cursors": "{}"}
            connection.execute(insert(SyncState).values(**state, succeeded_at=at))
