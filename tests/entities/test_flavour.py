import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, create_engine, insert, select

from reporting_pollster.entities.base import EffectContext
from reporting_pollster.entities.flavour import Flavour, known_from_instances
from tests.entities.followed import Followed

NOW = datetime(2024, 5, 1, 10, 0)


def flavour(followed: Followed, number: int = 3, **columns: Any) -> None:
    known = {"name": "m1.small", "flavorid": "two", "vcpus": 2, "memory_mb": 4096, "root_gb": 30, "ephemeral_gb": 5}
    followed.insert("nova_api", "flavors", id=number, **{**known, "swap": 512, **columns})


def test_a_flavour_brings_its_sizes(followed: Followed) -> None:
    flavour(followed, is_public=0, disabled=1, rxtx_factor=1.5, description="x", created_at="2024-01-01 10:00:00")

    row = followed.one("flavour", id=3)

    assert (row["uuid"], row["name"]) == ("two", "m1.small")
    assert (row["vcpus"], row["memory"], row["root"], row["ephemeral"], row["swap"]) == (2, 4096, 30, 5, 512)
    assert (row["public"], row["disabled"], row["active"], row["rxtx_factor"]) == (0, 1, 1, 1.5)
    assert (row["description"], row["created"]) == ("x", "2024-01-01 10:00:00")


def test_what_a_flavour_leaves_open_is_taken_as_nova_takes_it(followed: Followed) -> None:
    flavour(followed, is_public=None, disabled=None, root_gb=None, ephemeral_gb=None)

    row = followed.one("flavour", id=3)

    assert (row["public"], row["disabled"], row["root"], row["ephemeral"]) == (1, 0, 0, 0)


def test_extra_specs_are_one_document_with_sorted_keys(followed: Followed) -> None:
    flavour(followed, 3)
    flavour(followed, 4, name="m1.large", flavorid="four")
    followed.insert("nova_api", "flavor_extra_specs", flavor_id=3, key="hw:cpu_policy", value="dedicated")
    followed.insert("nova_api", "flavor_extra_specs", flavor_id=3, key="aggregate:ssd", value="true")

    assert followed.one("flavour", id=3)["extra_specs"] == '{"aggregate:ssd": "true", "hw:cpu_policy": "dedicated"}'
    assert followed.one("flavour", id=4)["extra_specs"] == "{}"


def test_the_projects_of_a_private_flavour_are_listed(followed: Followed) -> None:
    flavour(followed, 3, is_public=0)
    flavour(followed, 4, name="m1.large", flavorid="four")
    followed.insert("nova_api", "flavor_projects", flavor_id=3, project_id="p2")
    followed.insert("nova_api", "flavor_projects", flavor_id=3, project_id="p1")

    assert json.loads(followed.one("flavour", id=3)["projects"]) == ["p1", "p2"]
    assert followed.one("flavour", id=4)["projects"] is None


STAGE = Table(
    "stage_instance",
    MetaData(),
    Column("stage_id", Integer, primary_key=True),
    Column("id", String(36)),
    *(Column(name, String(255)) for name in ("flavour_uuid", "flavour_name")),
    *(Column(name, Integer) for name in ("flavour", "vcpus", "memory", "root", "ephemeral")),
)


@pytest.fixture
def store() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        Flavour.__table__.create(connection)  # type: ignore[attr-defined]
        STAGE.create(connection)
        yield connection


def staged(
    store: Connection, instance: str, number: int | None, name: str | None = "old.small", vcpus: int = 2
) -> None:
    sizes = {"vcpus": vcpus, "memory": 2048, "root": 20, "ephemeral": 0}
    store.execute(
        insert(STAGE).values(id=instance, flavour=number, flavour_name=name, flavour_uuid=f"{name}-id", **sizes)
    )


def learn(store: Connection) -> list[Any]:
    store.execute(known_from_instances(EffectContext(STAGE, "RegionOne", NOW, first_load=False)))
    return list(store.execute(select(Flavour.id, Flavour.name, Flavour.vcpus, Flavour.active).order_by(Flavour.id)))


def test_a_flavour_that_only_instances_know_is_kept(store: Connection) -> None:
    staged(store, "i1", 9)

    learn(store)

    kept = store.execute(select(Flavour.__table__)).mappings().one()
    assert {name: kept[name] for name in ("uuid", "name", "vcpus", "memory", "root", "ephemeral", "region")} == {
        "uuid": "old.small-id",
        "name": "old.small",
        "vcpus": 2,
        "memory": 2048,
        "root": 20,
        "ephemeral": 0,
        "region": "RegionOne",
    }
    assert (kept["active"], kept["public"], kept["first_seen"], kept["known_from"]) == (False, False, NOW, NOW)


def test_of_several_instances_the_first_by_id_tells_the_flavour_as_a_whole(store: Connection) -> None:
    staged(store, "i2", 9, "a.small", vcpus=1)
    staged(store, "i1", 9, "z.large", vcpus=8)

    assert learn(store) == [(9, "z.large", 8, False)]


def test_an_instance_staged_twice_gives_one_flavour(store: Connection) -> None:
    staged(store, "i1", 9)
    staged(store, "i1", 9)

    assert learn(store) == [(9, "old.small", 2, False)]


def test_a_flavour_that_is_known_stays_as_it_is(store: Connection) -> None:
    staged(store, "i1", 9, "first")
    learn(store)
    staged(store, "i0", 9, "second")

    assert learn(store) == [(9, "first", 2, False)]


def test_the_same_id_in_another_region_is_another_flavour(store: Connection) -> None:
    staged(store, "i1", 9)
    learn(store)
    store.execute(known_from_instances(EffectContext(STAGE, "RegionTwo", NOW, first_load=False)))

    assert store.scalars(select(Flavour.region).order_by(Flavour.region)).all() == ["RegionOne", "RegionTwo"]


def test_instances_that_do_not_tell_are_passed_over(store: Connection) -> None:
    staged(store, "i1", None)
    staged(store, "i2", 9, None)

    assert learn(store) == []
