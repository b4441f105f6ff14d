"""Every release is followed: what its databases have is loaded and kept up, what they lack is empty and said once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from reporting_pollster.entities import catalogue
from tests.openstack import Cloud
from tests.pollster import Pollster, at, sources_of
from tests.servers import MariaDB
from tests.services.sync.bad_values import PLACES, Place, key_of
from tests.services.sync.life import Life, flavour_text

PROJECT = "a" * 32
SERVED = {"neutron": ("network", "floating_ip"), "heat": ("stack",)}
OPTIONAL = ("neutron", "heat", "rcshib", "dashboard")
# What some releases lack, of all that we read.
ADDED = {
    "cinder": {"volumes.use_quota", "snapshots.use_quota"},
    "keystone": {"expiring_user_group_membership", "limit.domain_id"},
    "nova_api": {"flavors.description"},
    "cell0": {"migrations.cross_cell_move", "migrations.user_id", "migrations.project_id", "instances.hidden"},
}


@pytest.fixture
def store_server(mariadb: MariaDB) -> MariaDB:
    return mariadb


@pytest.fixture
def pollster(each_cloud: Cloud, ready_store_url: str) -> Iterator[Pollster]:
    """A pollster of each release, with every database that there is."""
    Life(each_cloud).region()
    pollster = Pollster(each_cloud, ready_store_url, sources=sources_of(each_cloud, names=each_cloud.names))
    yield pollster
    pollster.close()


class Release:
    """Rows for every table, with the columns that the release has."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.places = [place for place in PLACES if place.database in cloud.names]

    def fill(self) -> None:
        put = self._cloud.insert
        for place in self.places:
            put(place.database, place.table, **self._known(place, {**place.row, place.key: key_of(place, 500)}))
        put("nova_cell1", "instance_extra", instance_uuid=key_of(self._place("instance"), 500), deleted=0,
            flavor=flavour_text(1, "m1.small"))  # fmt: skip
        put("nova_api", "aggregate_metadata", aggregate_id=500, key="availability_zone", value="az1")
        put("nova_api", "aggregate_hosts", aggregate_id=500, host="c9")
        put("nova_api", "host_mappings", host="c9", cell_id=2)
        put("nova_api", "quotas", project_id=PROJECT, resource="cores", hard_limit=20)
        put("keystone", "user_group_membership", user_id="admin", group_id=key_of(self._place("user_group"), 500))

    def change(self) -> None:
        """One text of every row, with the time of the change where there is one."""
        execute = self._cloud.execute
        for place in self.places:
            changes = {self.text_of(place): "changed", "updated_at": at("05-01 10:00")}
            known = self._known(place, changes)
            sets = ", ".join(f"`{column}` = %s" for column in known)
            where = f"`{place.key}` = %s"
            execute(place.database, f"UPDATE `{place.table}` SET {sets} WHERE {where}",
                    (*known.values(), key_of(place, 500)))  # fmt: skip
        execute("nova_api", "UPDATE aggregate_metadata SET value = 'az2'")
        execute("nova_api", "UPDATE quotas SET hard_limit = 30")
        execute("keystone", "DELETE FROM user_group_membership")
        execute("keystone", "DELETE FROM assignment")
        execute("keystone", "INSERT INTO assignment VALUES ('UserDomain', 'admin', 'default', 'member', 0)")
        execute("keystone", "UPDATE project SET name = 'renamed' WHERE id = 'default'")

    def text_of(self, place: Place) -> str:
        """A column whose change is to be seen: one that no other row depends on."""
        texts = ("display_name", "name", "action", "status", "binary", "hypervisor_hostname", "attach_status",
                 "default_project_id", "project_name")  # fmt: skip
        return next(column for column in texts if column in place.columns)

    def has(self, place: Place, column: str) -> bool:
        return column in self._cloud.columns(place.database, place.table)

    def _place(self, entity: str) -> Place:
        return next(place for place in PLACES if place.entity == entity)

    def _known(self, place: Place, row: dict[str, Any]) -> dict[str, Any]:
        return {column: value for column, value in row.items() if self.has(place, column)}


def test_every_table_is_loaded_and_followed(each_cloud: Cloud, pollster: Pollster) -> None:
    release = Release(each_cloud)
    release.fill()
    without = {table for name, tables in SERVED.items() if name not in each_cloud.names for table in tables}
    for turn in ("loaded", "changed"):
        if turn == "changed":
            release.change()
        results = pollster.sync()
        assert [result for result in results if result.bad] == []
        assert {result.table for result in results if result.outcome == "skipped"} == without

        for place in release.places:
            row = pollster.one(place.entity, **{place.our_key: key_of(place, 500)})
            for source, ours in place.columns.items():
                assert _text(row[ours]) == _text(_expected(release, place, source, turn)), (place.id, source)

    assert {name for name in catalogue() if not pollster.rows(name)} == without
    assert all(result.plan.is_empty for result in pollster.sync())


def _expected(release: Release, place: Place, source: str, turn: str) -> Any:
    ours = place.columns[source]
    if not release.has(place, source):
        return place.unsaid.get(ours)
    if turn == "changed" and source == release.text_of(place):
        return "changed"
    return at("05-01 10:00") if turn == "changed" and source == "updated_at" else place.row[source]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def test_what_a_release_lacks_is_said_once(
    each_cloud: Cloud, pollster: Pollster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(3):
        pollster.sync()

    said = [record.getMessage() for record in caplog.records if "not in this release" in record.getMessage()]
    assert sorted(said) == sorted(set(said))
    for database, names in ADDED.items():
        name = f"nova_{database}" if database.startswith("cell") else database
        lacking = {each for each in names if not _is_there(each_cloud, name, *each.split("."))}
        assert {line.rpartition("name=")[2] for line in said if f"database={database} " in line} == lacking


def _is_there(cloud: Cloud, database: str, table: str, column: str | None = None) -> bool:
    columns = cloud.columns(database, table)
    return bool(columns) if column is None else column in columns


def test_databases_that_are_not_configured_are_named_once(
    cloud: Cloud, ready_store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    Life(cloud).region()
    names = ("keystone", "nova_api", "cinder", "glance")
    pollster = Pollster(cloud, ready_store_url, sources=sources_of(cloud, names=names))

    for _ in range(2):
        results = pollster.sync()
    pollster.close()

    said = [record.getMessage() for record in caplog.records if "not configured" in record.getMessage()]
    assert sorted(line.rpartition("database=")[2] for line in said) == sorted(OPTIONAL)
    skipped = {result.table for result in results if result.outcome == "skipped"}
    assert skipped == {"network", "floating_ip", "stack", "allocation"}
    assert [name for name in skipped if pollster.rows(name)] == []
