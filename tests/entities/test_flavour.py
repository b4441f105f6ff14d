import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from reporting_pollster.entities.base import EffectContext
from reporting_pollster.entities.flavour import Flavour, known_from_instances
from reporting_pollster.store.companion import stage_of, whole_metadata
from reporting_pollster.store.engine import create_store_engine, writing
from tests.entities.followed import Followed

NOW = datetime(2024, 5, 1, 10, 0)


def flavour(followed: Followed, number: int = 3, **columns: Any) -> None:
    known = {"name": "m1.small", "flavorid": "two", "vcpus": 2, "memory_mb": 4096, "root_gb": 30, "ephemeral_gb": 5}
    followed.insert("nova_api", "flavors", id=number, **{**known, "swap": 512, **columns})


def test_a_flavour_brings_its_sizes(followed: Followed) -> None:
    flavour(followed, is_public=0, disabled=1, rxtx_factor=1.1, description="x", created_at="2024-01-01 10:00:00")

    row = followed.one("flavour", id=3)

    assert (row["uuid"], row["name"]) == ("two", "m1.small")
    assert (row["vcpus"], row["memory"], row["root"], row["ephemeral"], row["swap"]) == (2, 4096, 30, 5, 512)
    assert (row["public"], row["disabled"], row["active"], row["rxtx_factor"]) == (0, 1, 1, 1.1)
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


STAGE = stage_of("instance")


@pytest.fixture
def store(store_url: str) -> Iterator[Connection]:
    """Return a connection to each kind of store, with the two tables it takes."""
    engine = create_store_engine(store_url)
    whole_metadata().create_all(engine, tables=[Flavour.__table__, STAGE])  # type: ignore[list-item]
    with writing(engine) as connection:
        yield connection
    engine.dispose()


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


def test_an_instance_brings_the_flavour_that_nova_forgot(followed: Followed) -> None:
    stored = {"cur": {"nova_object.data": {"flavorid": "old", "name": "old.small"}}, "old": None, "new": None}
    sizes = {"vcpus": 4, "memory_mb": 8192, "root_gb": 40, "ephemeral_gb": 0}
    followed.insert("nova_cell1", "instances", uuid="i1", instance_type_id=9, hidden=0, deleted=0, **sizes)
    followed.insert("nova_cell1", "instance_extra", instance_uuid="i1", flavor=json.dumps(stored), deleted=0)
    flavour(followed, 3)
    followed.read("instance")

    rows = [(row["id"], row["name"], row["vcpus"], row["active"]) for row in followed.read("flavour")]

    assert rows == [(3, "m1.small", 2, True), (9, "old.small", 4, False)]


def test_a_flavour_that_nova_dropped_stays_and_is_closed(followed: Followed) -> None:
    flavour(followed, 3)
    flavour(followed, 4, name="m1.large", flavorid="large")  # no cloud is without any
    followed.read("flavour")

    followed.execute("nova_api", "DELETE FROM flavors WHERE id = 3")

    row = followed.one("flavour", id=3)
    assert (row["name"], row["active"]) == ("m1.small", False)
    assert row["vanished_before"] is not None
