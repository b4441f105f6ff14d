"""What an idle cycle costs a source: the very statements that it sends, and the plans that the server has for them.

The tables are large enough for the server to prefer an index where there is one, and have a few rows per thousand that
are alive or changed of late, as large clouds do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.openstack import Cloud
from tests.pollster import Pollster
from tests.servers import SQLite
from tests.services import reader
from tests.services.sync.life import Life

pytestmark = pytest.mark.costly

ROWS = 6000
PAGE = 1000
LIVING = 10  # one in so many
END = datetime(2026, 9, 30)
LARGE = {
    "instances", "instance_actions", "migrations", "volumes", "volume_attachment", "snapshots", "backups", "images",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """How the server reads the large table of one statement."""

    statement: str
    table: str
    how: str | None
    index: str | None
    covered: bool
    rows: int

    @property
    def is_page(self) -> bool:
        return " LIMIT " in self.statement


def populate(cloud: Cloud) -> None:
    Life(cloud).region()
    instances = [
        {**_times(number), "uuid": _uuid(number), "project_id": "a" * 32, "terminated_at": _end(number), "hidden": 0,
         "deleted": 0 if number % LIVING == 0 else number, "id": number}
        for number in range(1, ROWS)
    ]  # fmt: skip
    cloud.insert_many("nova_cell1", "instances", instances)
    cloud.insert_many("nova_cell1", "instance_extra", [{"instance_uuid": row["uuid"]} for row in instances])
    actions = [
        {**_times(number), "instance_uuid": _uuid(number), "start_time": _born(number), "finish_time": _end(number),
         "action": "create", "deleted": 0, "request_id": f"req-{number}"}
        for number in range(1, ROWS)
    ]  # fmt: skip
    cloud.insert_many("nova_cell1", "instance_actions", actions)
    migrations = [{**_times(number), "instance_uuid": _uuid(number), "deleted": 0} for number in range(1, ROWS)]
    cloud.insert_many("nova_cell1", "migrations", migrations)
    for database, table in _OF_UUIDS.items():
        for each in table:
            cloud.insert_many(database, each, [_resource(cloud, database, each, number) for number in range(1, ROWS)])
    for name in cloud.names:
        for table in LARGE | {f"shadow_{table}" for table in LARGE}:
            if cloud.columns(name, table):
                cloud.rows(name, f"ANALYZE TABLE {table}")


_OF_UUIDS = {"cinder": ("volumes", "volume_attachment", "snapshots", "backups"), "glance": ("images",)}


def _resource(cloud: Cloud, database: str, table: str, number: int) -> dict[str, Any]:
    owner = {"images": "owner", "volume_attachment": "attached_host"}.get(table, "project_id")
    row = {**_times(number), "id": _uuid(number), owner: f"{number % 40:032}", "deleted": int(number % LIVING != 0)}
    return row | ({"volume_id": _uuid(number)} if table in ("volume_attachment", "snapshots", "backups") else {})


def _uuid(number: int) -> str:
    return f"{number * 2654435761 % 2**32:08x}-0000-0000-0000-{number:012}"


def _born(number: int) -> datetime:
    return END - timedelta(hours=2 * (ROWS - number))


def _end(number: int) -> datetime | None:
    return None if number % LIVING == 0 else _born(number) + timedelta(hours=1)


def _times(number: int) -> dict[str, Any]:
    return {"created_at": _born(number), "updated_at": _born(number) + timedelta(hours=1)}


@pytest.fixture(params=["2022.2", "2026.2"])
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def plans(release: str, openstack: Callable[..., Cloud], sqlite: SQLite) -> Iterator[list[Step]]:
    """The plans of all statements of two idle cycles that read a large table; those of the empty cell0 left out."""
    cloud = openstack(release)
    populate(cloud)
    reader.create_reader(cloud)
    pollster = Pollster(cloud, sqlite.url("reporting"), page_rows=PAGE)
    pollster.sources = reader.sources(cloud, user=reader.READER)
    pollster.sync()
    pollster.sources.close()  # so that the log tells which connection is to which database
    with cloud.server.general_log() as log:
        results = pollster.sync() + pollster.sync()
        pollster.sources.close()
    assert all(result.plan.is_empty for result in results)
    at = {entry.connection: entry.text.split(" on ")[1].split(" ")[0] for entry in log if entry.kind == "Connect"}
    said = {(at[entry.connection], re.sub(r"\s+", " ", entry.text)) for entry in log if entry.kind == "Query"}
    yield [
        step
        for database, text in sorted(said)
        if re.match(r"SELECT .* FROM `", text) and database != cloud.database("nova_cell0")
        for step in explained(cloud, database, text)
    ]
    pollster.close()


def explained(cloud: Cloud, database: str, statement: str) -> Iterator[Step]:
    with cloud.server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            told = dict(zip(names, row, strict=True))
            main = re.search(r" FROM `(\w+)`", statement)
            table = str(told["table"] or (main and main[1]))
            if table in LARGE:
                covered = re.search(r"Using index(?! condition)", str(told["Extra"])) is not None
                yield Step(statement, table, told["type"], told["key"], covered, int(told["rows"] or 0))


def test_an_idle_cycle_takes_ranges_pages_and_covering_indexes(release: str, plans: list[Step]) -> None:
    assert [step for step in plans if step.how not in (None, "const", "range", "ref") and not step.is_page] == []
    assert [step for step in plans if step.is_page and (step.index != "PRIMARY" or step.rows > ROWS)] == []
    assert [step for step in plans if step.how == "index" and step.rows > PAGE + 10] == []
    counts = [step for step in plans if "count(*)" in step.statement]
    assert [step for step in counts if not step.covered or step.rows > 2 * ROWS // LIVING] == []
    assert {step.table for step in counts} == {"instances", "images", *(COUNTED if release != "2022.2" else ())}
    assert {(step.table, step.index) for step in plans if step.index} == INDEXES | (
        {(table, f"{table}_deleted_project_id_idx") for table in COUNTED} if release != "2022.2" else set()
    )


COUNTED = ("volumes", "snapshots", "backups")  # cinder has an index for it from 2024.1 on
INDEXES = {
    ("instances", "instances_updated_at_project_id_idx"),
    ("instances", "instances_deleted_created_at_idx"),
    ("instances", "instances_terminated_at_launched_at_idx"),
    ("migrations", "migrations_updated_at_idx"),
    ("images", "updated_at_image_idx"),
    ("images", "ix_images_deleted"),
    *((table, "PRIMARY") for table in LARGE),
}
