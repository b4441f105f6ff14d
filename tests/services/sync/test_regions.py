"""Two regions in one reporting database, where every id that may repeat does: neither sees the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.openstack import Cloud
from tests.pollster import Pollster, sources_of
from tests.services.sync.everything import Contents, differences, tables
from tests.services.sync.filled import fill, key
from tests.services.sync.life import Life

SERVICES = ("keystone", "nova_api", "cinder", "glance")
AT = "2026-04-01 10:00:00"


@pytest.fixture
def south(cloud: Cloud) -> Cloud:
    fill(cloud, "a")
    return cloud


@pytest.fixture
def north(openstack: Callable[..., Cloud]) -> Cloud:
    """Another cloud with the same ids: integers, the domain `default`, and even the uuids."""
    north = openstack(region="north")
    fill(north, "a")
    return north


@pytest.fixture
def make_pollster(ready_store_url: str) -> Iterator[Callable[[Cloud, str], Pollster]]:
    made: list[Pollster] = []

    def make(cloud: Cloud, region: str) -> Pollster:
        sources = sources_of(cloud, region, names=SERVICES)
        made.append(Pollster(cloud, ready_store_url, region=region, sources=sources))
        return made[-1]

    yield make
    for pollster in made:
        pollster.close()


@pytest.fixture
def southern(make_pollster: Callable[[Cloud, str], Pollster], south: Cloud) -> Pollster:
    return make_pollster(south, "south")


@pytest.fixture
def northern(make_pollster: Callable[[Cloud, str], Pollster], north: Cloud) -> Pollster:
    return make_pollster(north, "north")


def _of(pollster: Pollster) -> Contents:
    """What is said of the pollster's region."""
    region = pollster.sources.region
    found = {name: [row for row in rows if row["region"] == region] for name, rows in tables(pollster.engine).items()}
    return {name: [{**row, "region": None} for row in rows] for name, rows in found.items() if rows}


def test_two_regions_with_the_same_ids_have_the_same_rows_each(southern: Pollster, northern: Pollster) -> None:
    southern.sync()
    alone = _of(southern)

    northern.sync()

    assert len(alone["instance"]) == 12
    assert differences(alone, _of(southern)) == []
    assert differences(alone, _of(northern)) == []


def test_what_happens_in_one_region_leaves_the_other_alone(southern: Pollster, northern: Pollster) -> None:
    southern.sync()
    northern.sync()
    before, life = _of(southern), Life(northern.cloud)

    life.save(key("a", 4, 0), AT, vm_state="stopped")
    life.delete(key("a", 4, 1), AT)
    life.vanish(key("a", 4, 2))
    life.change_volume(key("a", 8, 0), size=99)
    life.cloud.execute("cinder", "DELETE FROM volume_attachment WHERE id = %s", (key("a", 10, 0),))
    life.cloud.execute("keystone", "DELETE FROM assignment LIMIT 1")
    life.cloud.execute("nova_api", "DELETE FROM flavors WHERE id = 3")
    life.cloud.execute("glance", "DELETE FROM images WHERE id = %s", (key("a", 11, 0),))
    northern.sync()

    assert differences(before, _of(southern)) == []
    assert [row["active"] for row in northern.rows("instance", region="north")].count(False) == 2
    assert [row["attached"] for row in northern.rows("volume", region="north")].count(False) == 1
    again = southern.sync()
    assert all(result.plan.is_empty for result in again)
    assert differences(before, _of(southern)) == []


def test_a_full_read_of_one_region_closes_nothing_of_the_other(southern: Pollster, northern: Pollster) -> None:
    southern.sync()
    Life(northern.cloud).cloud.execute("nova_cell1", "DELETE FROM instances WHERE id > 6")
    northern.sync()

    southern.sync(full=True)
    northern.sync(full=True)

    assert {row["active"] for row in southern.rows("instance")} == {True}
    assert [len(northern.rows("instance", region=region)) for region in ("north", "south")] == [6, 12]


def test_one_region_may_be_refused_while_the_other_goes_on(
    southern: Pollster, northern: Pollster, south: Cloud
) -> None:
    southern.sync()
    northern.sync()
    before = _of(northern)
    south.execute("glance", "DELETE FROM images")

    refused = [result.table for result in southern.attempt() if not result.is_good]
    northern.sync()

    assert refused == ["image"]
    assert differences(before, _of(northern)) == []
    states = northern.rows("sync_state", table_name="image")
    assert {row["region"]: row["problem"] is None for row in states} == {"north": True, "south": False}
