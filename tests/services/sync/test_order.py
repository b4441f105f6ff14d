"""The same source gives the same tables, to the byte: in pieces, in any order, cut off between, or by two at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, make_url

from reporting_pollster.entities import catalogue
from reporting_pollster.errors import LeaseHeld
from reporting_pollster.services.sync import Request, sync
from reporting_pollster.sources.cloud import Cloud as Sources
from tests.openstack import Cloud, Clouds
from tests.pollster import Pollster, sources_of
from tests.servers import MariaDB, Server
from tests.servers.proxy import Proxy
from tests.services.sync.everything import Contents, differences, tables
from tests.services.sync.filled import BORN, fill, key
from tests.services.sync.life import Life
from tests.store.another import end, start
from tests.stores import Stores

NAMES = tuple(catalogue())
SERVICES = ("keystone", "nova_api", "cinder", "glance")
Way = Callable[[Pollster], None]


@pytest.fixture(scope="module")
def cloud(clouds: Clouds) -> Iterator[Cloud]:
    """A cloud that no test changes."""
    cloud = clouds.cloud()
    fill(cloud, "a")
    life = Life(cloud)
    for number in range(5):
        life.instance(uuid=key("a", 20, number), cell="cell0", instance_type_id=70 + number, created=BORN)
    for number in range(4):
        life.delete(key("a", 4, number), BORN)
    life.archive()
    yield cloud
    cloud.empty()


@pytest.fixture(scope="module")
def expected(cloud: Cloud, stores: Stores, mariadb: MariaDB) -> Iterator[Contents]:
    """What one load in one go gives."""
    with stores.lent(mariadb) as url:
        pollster = Pollster(cloud, url, sources=sources_of(cloud, names=SERVICES))
        pollster.sync()
        contents = tables(pollster.engine)
        assert [len(contents[name]) for name in ("instance", "volume", "image", "role")] == [17, 12, 12, 12]
        yield contents
        pollster.close()


@pytest.fixture
def pollster(cloud: Cloud, ready_store_url: str) -> Iterator[Pollster]:
    pollster = Pollster(cloud, ready_store_url, sources=sources_of(cloud, names=SERVICES))
    yield pollster
    pollster.close()


def _in_one_go(pollster: Pollster) -> None:
    pollster.sync()


def _twice(pollster: Pollster) -> None:
    pollster.sync()
    pollster.sync(full=True)


def _table_by_table(pollster: Pollster) -> None:
    for name in NAMES:
        pollster.sync(name)


def _backwards(pollster: Pollster) -> None:
    for name in reversed(NAMES):
        pollster.sync(name)


def _row_by_row(pollster: Pollster) -> None:
    pollster.settings = replace(pollster.settings, page_rows=1, readers=1)
    pollster.sync()


def _one_cell_after_the_other(pollster: Pollster) -> None:
    every = pollster.sources
    pollster.sources = Sources(every.region, every.databases, {"cell1": every.cells["cell1"]})
    pollster.sync()
    pollster.sources = every
    pollster.sync()


def _one_service_after_the_other(pollster: Pollster) -> None:
    """As long as a service does not answer, its tables stay empty."""
    every = pollster.sources
    pollster.sources = Sources(every.region, {"keystone": every.databases["keystone"]}, {})
    pollster.attempt()
    pollster.sources = every
    pollster.sync()


@pytest.mark.parametrize(
    "way",
    [
        _in_one_go,
        _twice,
        _table_by_table,
        _backwards,
        _row_by_row,
        _one_cell_after_the_other,
        _one_service_after_the_other,
    ],
)
def test_every_way_of_loading_gives_the_same(pollster: Pollster, expected: Contents, way: Way) -> None:
    way(pollster)

    assert differences(expected, tables(pollster.engine)) == []


@pytest.mark.parametrize("answered", [2_000, 6_000, 20_000])
def test_a_load_that_was_cut_off_goes_on_to_the_same(
    pollster: Pollster, cloud: Cloud, expected: Contents, mariadb: MariaDB, answered: int
) -> None:
    pollster.settings = replace(pollster.settings, page_rows=2)
    with Proxy(mariadb.port) as line:
        url = make_url(cloud.url("nova_cell1")).set(port=line.port)
        pollster.use_url("cell1", url.render_as_string(hide_password=False))
        line.cut_after(answered)
        assert not all(result.is_good for result in pollster.attempt())
        line.cut_after(None)
        pollster.sync()

        assert differences(expected, tables(pollster.engine)) == []


def test_two_processes_at_once_load_it_once(
    pollster: Pollster, ready_store_url: str, store_server: Server, expected: Contents
) -> None:
    """One of them is told that the other one writes."""
    assert sorted(_at_once(pollster, ready_store_url, patience=0)) == [0, 7]

    assert differences(expected, tables(pollster.engine)) == []


def test_two_patient_processes_load_it_one_after_the_other(
    pollster: Pollster, ready_store_url: str, expected: Contents
) -> None:
    assert _at_once(pollster, ready_store_url, patience=120) == [0, 0]

    assert differences(expected, tables(pollster.engine)) == []


def _at_once(pollster: Pollster, url: str, *, patience: float) -> list[int]:
    cloud, settings = pollster.cloud, pollster.settings

    def work(engine: Engine) -> None:
        try:
            results = sync(sources_of(cloud, names=SERVICES), engine, settings, Request(patience=patience))
        except LeaseHeld:
            os._exit(7)
        assert all(result.is_good for result in results), results

    pollster.close()  # nothing open is taken into the other processes
    return [end(child) for child in [start(url, work), start(url, work)]]
