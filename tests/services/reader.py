"""A cloud with something in every column that is read, and an account that may read no more than `grants` says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from reporting_pollster.config.settings import DatabaseSettings
from reporting_pollster.entities.cell import CELL0
from reporting_pollster.entities.source import CELLS
from reporting_pollster.services.grants import Grant, GrantRequest, grants
from reporting_pollster.services.needs import needs
from reporting_pollster.sources.cloud import Cloud as Sources
from tests.openstack import Cloud
from tests.pollster import REGION
from tests.services.sync.life import Life, flavour_text

READER = "reader"
__all__ = ["CELL0", "READER", "create_reader", "databases_of", "fill", "grants_of", "sources"]
_SPECIAL: Mapping[str, Any] = {
    "extra": json.dumps({"email": "one@example.org", "allocation_id": 7}),
    "flavor": flavour_text(7, "seventh"),
    "deleted": 0,
    "hidden": 0,
    "is_domain": 0,
    "inherited": 0,
    "backup": 0,
    "use_quota": 0,
    "owner_id": None,
    "parent_request_id": None,
}
_IN_TABLE: Mapping[str, Mapping[str, Any]] = {
    "role": {"domain_id": "<<null>>"},
    "id_mapping": {"public_id": "elsewhere"},
    "rcallocation_allocationrequest": {"status": "A"},
    "quota_classes": {"class_name": "default"},
    "aggregate_metadata": {"key": "availability_zone"},
    "networkrbacs": {"target_project": "*", "action": "access_as_shared"},
}


def fill(cloud: Cloud) -> None:
    """Put a row into every table that is read, without an empty column, so that joins find each other."""
    Life(cloud).region()
    for name in cloud.names:
        kind = CELLS if name.startswith("nova_cell") else name
        if kind not in needs():
            continue
        needed = needs()[kind]
        for table in {*needed.always, *needed.newer}:
            if cloud.columns(name, table):
                cloud.insert(name, table, **_row(cloud, name, table))


def databases_of(
    cloud: Cloud, *, user: str | None = None, driver: str = "pymysql"
) -> tuple[dict[str, DatabaseSettings], dict[str, DatabaseSettings]]:
    """The settings of all databases there are, and of the cells."""
    options = {"driver": driver} if user is None else {"user": user, "driver": driver}
    databases, cells = {}, {}
    for name in cloud.names:
        if name.startswith("nova_cell"):
            cell = name.removeprefix("nova_")
            cells[cell] = DatabaseSettings(cloud.url(name, **options), group=f"cell:{cell}")
        elif name in needs():
            databases[name] = DatabaseSettings(cloud.url(name, **options), group=name)
    return databases, cells


def sources(cloud: Cloud, *, user: str | None = None, driver: str = "pymysql") -> Sources:
    """The source databases as one account sees them."""
    from reporting_pollster.sources.database import Database

    databases, cells = databases_of(cloud, user=user, driver=driver)
    return Sources(
        REGION,
        {name: Database(name, settings) for name, settings in databases.items()},
        {name: Database(name, settings) for name, settings in cells.items()},
    )


def grants_of(cloud: Cloud, **request: Any) -> list[Grant]:
    return grants(*databases_of(cloud), GrantRequest(user=READER, **request))


def create_reader(cloud: Cloud) -> list[Grant]:
    """Make the account with exactly the privileges of the cloud's release."""
    cloud.server.create_user(READER)
    granted = grants_of(cloud, release=cloud.release)
    with cloud.server.connect() as connection, connection.cursor() as cursor:
        for grant in granted:
            cursor.execute(grant.statement)
    return granted


def _row(cloud: Cloud, name: str, table: str) -> dict[str, Any]:
    text, number = "zero" if name == "nova_cell0" else "one", 7
    if table.startswith("shadow_"):
        text, number = f"gone {text}", 8
    columns = cloud.rows(
        name,
        "SELECT column_name AS name, data_type AS kind, column_type AS type FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name = %s AND extra NOT LIKE '%%GENERATED%%'",
        (table,),
    )
    row = {column["name"]: _value(column["kind"], column["type"], text, number) for column in columns}
    row |= {column: value for column, value in _SPECIAL.items() if column in row}
    row |= {column: value for column, value in _IN_TABLE.get(table, {}).items() if column in row}
    if table.startswith("shadow_"):
        row["deleted"] = number
    return row


def _value(kind: str, declared: str, text: str, number: int) -> Any:
    if kind == "enum":
        return declared.split("'")[1]
    if kind in ("datetime", "timestamp"):
        return datetime(2026, 3, 1, 12)
    if kind == "date":
        return date(2026, 3, 1)
    if declared == "tinyint(1)":
        return 1
    return number if kind.endswith("int") or kind in ("decimal", "double", "float") else text
