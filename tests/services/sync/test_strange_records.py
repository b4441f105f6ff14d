"""What nova and cinder may hold: broken flavours, satellites without a planet or twice, limits of nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.pollster import Pollster, at, sources_of
from tests.servers import MariaDB
from tests.services.sync.bad_cloud import BadCloud
from tests.services.sync.life import Life, flavour_text

PROJECT = "a" * 32


@pytest.fixture
def store_server(mariadb: MariaDB) -> MariaDB:
    return mariadb


@pytest.fixture
def writer(life: Life) -> BadCloud:
    life.region()
    return BadCloud(life.cloud)


@pytest.fixture
def pollster(life: Life, make_pollster: Callable[..., Pollster]) -> Pollster:
    return make_pollster(sources=sources_of(life.cloud, names=life.cloud.names))


def settled(pollster: Pollster, *names: str) -> None:
    """Two cycles, of which the second changes nothing."""
    pollster.sync(*names)
    assert [result for result in pollster.sync(*names) if not result.plan.is_empty] == []


def told(pollster: Pollster) -> set[tuple[str, str, str]]:
    return {(row["row_key"], row["column_name"], row["action"]) for row in pollster.rows("quarantine")}


def named(flavorid: Any, name: Any, **more: Any) -> str:
    return json.dumps({"cur": {"nova_object.data": {"flavorid": flavorid, "name": name, **more}}})


FLAVOURS: dict[str, tuple[str | None, tuple[str | None, str | None]]] = {
    "NULL": (None, (None, None)),
    "empty": ("", (None, None)),
    "null": ("null", (None, None)),
    "no object": ("[]", (None, None)),
    "cut": (flavour_text(1, "m1.small")[:-20], (None, None)),
    "no cur": ("{}", (None, None)),
    "cur is null": ('{"cur": null}', (None, None)),
    "cur is text": ('{"cur": "m1.small"}', (None, None)),
    "no data": ('{"cur": {}}', (None, None)),
    "data is a list": ('{"cur": {"nova_object.data": [1]}}', (None, None)),
    "no names": ('{"cur": {"nova_object.data": {}}}', (None, None)),
    "deep": ('{"cur": ' + "[" * 10_000 + "]" * 10_000 + "}", (None, None)),
    "huge": (named("f1", "big", extra_specs={"note": "x" * 300_000}), ("f1", "big")),
    "digits": ('{"cur": {"nova_object.data": {"flavorid": "f1", "vcpus": ' + "9" * 5000 + "}}}", (None, None)),
    "numbers": (named(7, 3.5), ("7", "3.5")),
    "surrogate": (r'{"cur": {"nova_object.data": {"flavorid": "f1", "name": "m\udc80"}}}', ("f1", "m\ufffd")),
    "NUL": (r'{"cur": {"nova_object.data": {"flavorid": "f1", "name": "m\u0000"}}}', ("f1", "m")),
    "long": (named("f1", "x" * 300), ("f1", "x" * 255)),
    "emoji": (named("f1", "🦄"), ("f1", "🦄")),
}


def test_flavours_of_instances(life: Life, writer: BadCloud, pollster: Pollster) -> None:
    writer.alter("nova_cell1", "instance_extra", {"flavor": "MEDIUMTEXT CHARACTER SET utf8mb4"})
    keys = {name: life.instance() for name in FLAVOURS}
    for name, (text, _) in FLAVOURS.items():
        statement = "UPDATE instance_extra SET flavor = %s WHERE instance_uuid = %s"
        life.cloud.execute("nova_cell1", statement, (text, keys[name]))
    bare = life.instance()
    life.cloud.execute("nova_cell1", "DELETE FROM instance_extra WHERE instance_uuid = %s", (bare,))

    settled(pollster, "instance")

    loaded = {row["id"]: (row["flavour_uuid"], row["flavour_name"]) for row in pollster.rows("instance")}
    assert {name: loaded[key] for name, key in keys.items()} == {name: names for name, (_, names) in FLAVOURS.items()}
    assert loaded[bare] == (None, None)
    assert told(pollster) == {(keys[name], "flavour_name", "repaired") for name in ("surrogate", "NUL")}


@pytest.mark.parametrize("page_rows", [1, 5000])
def test_an_instance_with_two_flavours(
    life: Life, writer: BadCloud, make_pollster: Callable[..., Pollster], page_rows: int
) -> None:
    pollster = make_pollster(page_rows=page_rows)
    key, others = life.instance(), [life.instance() for _ in range(3)]
    extra = {"instance_uuid": key, "deleted": 0, "flavor": flavour_text(2, "m2.large")}
    writer.insert("nova_cell1", "instance_extra", [extra, {**extra, "flavor": None}])

    settled(pollster, "instance")

    assert {row["id"] for row in pollster.rows("instance")} == {key, *others}
    before = pollster.one("instance", id=key)
    for request in ({"full": True}, {}):
        pollster.sync("instance", **request)
        assert pollster.one("instance", id=key)["flavour_name"] == before["flavour_name"]


INSTANCES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "deleted is NULL": ({"deleted": None}, {"active": True, "deleted": None}),
    "hidden is NULL": ({"hidden": None}, {"active": True}),
    "deleted before created": (
        {"deleted": 9, "deleted_at": at("01-01 10:00")}, {"active": False, "deleted": at("01-01 10:00")}
    ),
    "deleted without a time": (
        {"deleted": 9, "updated_at": at("04-01 10:00")}, {"active": False, "deleted": at("04-01 10:00")}
    ),
    "deleted at no time": ({"deleted": 9}, {"active": False, "deleted": None}),
    "deleted is negative": ({"deleted": -1, "deleted_at": at("04-01 10:00")}, {"active": False}),
    "no project": ({"project_id": None}, {"project_id": None, "active": True}),
    "empty project": ({"project_id": ""}, {"project_id": "", "active": True}),
    "unknown project": ({"project_id": "nowhere"}, {"project_id": "nowhere"}),
    "unknown state": ({"vm_state": "levitating", "power_state": 99}, {"vm_state": "levitating", "power_state": 99}),
    "no flavour": ({"instance_type_id": None}, {"flavour": None}),
    "vanished flavour": ({"instance_type_id": 4711}, {"flavour": 4711}),
}  # fmt: skip


def test_instances_that_no_nova_would_make(life: Life, writer: BadCloud, pollster: Pollster) -> None:
    keys = {name: life.instance(**columns) for name, (columns, _) in INSTANCES.items()}

    settled(pollster, "instance")

    for name, (_, expected) in INSTANCES.items():
        row = pollster.one("instance", id=keys[name])
        assert {column: row[column] for column in expected} == expected, name
    assert told(pollster) == set()


def test_numbers_beyond_64_bits(life: Life, writer: BadCloud, pollster: Pollster) -> None:
    writer.alter("nova_cell1", "instances", dict.fromkeys(("vcpus", "memory_mb", "root_gb"), "BIGINT UNSIGNED"))
    key = life.instance(vcpus=2**64 - 1, memory_mb=2**63, root_gb=2**31)

    settled(pollster, "instance")

    row = pollster.one("instance", id=key)
    assert (row["vcpus"], row["memory"], row["root"], row["ephemeral"]) == (None, None, None, 0)
    assert told(pollster) == {(key, column, "repaired") for column in ("vcpus", "memory", "root")}


def test_attachments_without_a_volume_and_volumes_with_several(
    life: Life, writer: BadCloud, pollster: Pollster
) -> None:
    writer.alter("cinder", "volume_attachment", {"volume_id": "VARCHAR(36)"})
    volume, free = life.volume(), life.volume()
    row = {"attach_status": "attached", "deleted": 0, "attach_time": at("04-01 10:00")}
    rows = {
        "first": {"volume_id": volume, "instance_uuid": "i1"},
        "second": {"volume_id": volume, "instance_uuid": "i2"},
        "orphan": {"volume_id": "nowhere", "instance_uuid": "i1"},
        "of nothing": {"volume_id": None, "instance_uuid": None},
        "unknown status": {"volume_id": free, "instance_uuid": "i3", "attach_status": "glued"},
    }
    writer.insert(
        "cinder", "volume_attachment", [{**row, **one, "id": name} for name, one in rows.items() if len(one) == 2]
    )
    writer.insert("cinder", "volume_attachment", [{**row, **rows["unknown status"], "id": "unknown status"}])

    settled(pollster, "volume_attachment")

    assert {each["id"] for each in pollster.rows("volume_attachment")} == set(rows)
    attached = pollster.one("volume", id=volume)
    assert attached["attached"]
    assert attached["instance_uuid"] in ("i1", "i2")
    assert told(pollster) == set()


QUOTAS: list[tuple[dict[str, Any], int | None]] = [
    ({"resource": "unlimited", "hard_limit": None}, -1),
    ({"resource": "negative", "hard_limit": -5}, -1),
    ({"resource": "zero", "hard_limit": 0}, 0),
    ({"resource": "too large", "hard_limit": 2**40}, None),
    ({"resource": "🦄", "hard_limit": 7}, 7),
]


def test_limits(writer: BadCloud, pollster: Pollster) -> None:
    wide = {"hard_limit": "BIGINT", "resource": "VARCHAR(1000) CHARACTER SET utf8mb4", "project_id": "VARCHAR(255)"}
    writer.alter("nova_api", "quotas", wide)
    writer.insert("nova_api", "quotas", [{"project_id": PROJECT, **row} for row, _ in QUOTAS])
    nothing = [{"project_id": PROJECT, "resource": None}, {"project_id": PROJECT, "resource": ""},
               {"project_id": PROJECT, "resource": "x" * 999}, {"project_id": None, "resource": "cores"}]  # fmt: skip
    writer.insert("nova_api", "quotas", [{**row, "hard_limit": 1} for row in nothing])
    twice = [{"project_id": PROJECT, "resource": "volumes", "hard_limit": limit, "deleted": 0} for limit in (5, 6)]
    writer.insert("cinder", "quotas", twice)

    settled(pollster, "quota", "project")

    limits = {row["resource"]: row["hard_limit"] for row in pollster.rows("quota")}
    assert limits == {"volumes": 6, **{row["resource"]: limit for row, limit in QUOTAS}}
    assert pollster.one("project", id=PROJECT)["quota_volume_count"] == 6
    assert {(column, action) for _, column, action in told(pollster)} == {
        ("hard_limit", "repaired"), ("resource", "withheld"), ("project_id", "withheld")
    }  # fmt: skip


def test_aggregates_and_zones(writer: BadCloud, pollster: Pollster) -> None:
    wide = "MEDIUMTEXT CHARACTER SET utf8mb4"
    writer.alter("nova_api", "aggregate_metadata", {"value": wide, "key": "VARCHAR(255)"})
    writer.alter("nova_api", "aggregate_hosts", {"host": wide})
    writer.insert("nova_api", "aggregates", [{"id": number, "name": f"a{number}"} for number in range(1, 7)])
    zones = {1: "az1", 2: "", 3: None, 4: "z" * 65536, 5: "a\0z", 6: "🦄"}
    writer.insert("nova_api", "aggregate_metadata", [
        {"aggregate_id": number, "key": "availability_zone", "value": zone} for number, zone in zones.items()
    ])  # fmt: skip
    writer.insert("nova_api", "aggregate_metadata", [{"aggregate_id": 99, "key": None, "value": "x"}])
    hosts = ["h1", None, "", "h" * 300, "orphan"]
    writer.insert("nova_api", "aggregate_hosts", [{"aggregate_id": 1, "host": host} for host in hosts[:4]])
    writer.insert("nova_api", "aggregate_hosts", [{"aggregate_id": 77, "host": hosts[4]}])

    settled(pollster, "aggregate", "aggregate_host", "availability_zone")

    assert {row["id"]: row["availability_zone"] for row in pollster.rows("aggregate")} == {
        1: "az1", 2: "", 3: "", 4: "z" * 255, 5: "az", 6: "🦄"
    }  # fmt: skip
    assert {row["name"] for row in pollster.rows("availability_zone")} >= {"az1", "🦄"}
    assert {row["host"] for row in pollster.rows("aggregate_host")} == {"h1", "orphan"}
