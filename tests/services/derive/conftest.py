"""A pollster on a small cloud whose clock the test sets, with the reporting database on each server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from tests.openstack import Cloud
from tests.pollster import Pollster, sources_of
from tests.servers import MariaDB
from tests.services.sync.histories.clock import ASK, SourceClock
from tests.services.sync.life import Life

Sync = Callable[..., Pollster]
FACTS = ("instance_action", "migration")  # and the tables before them


@pytest.fixture
def life(cloud: Cloud) -> Life:
    """What nova would do in the cloud, which has projects and a flavour."""
    life = Life(cloud)
    life.region()
    return life


@pytest.fixture
def clock(mariadb: MariaDB) -> Iterator[SourceClock]:
    """The clock of the sources."""
    clock = SourceClock(mariadb)
    yield clock
    clock.close()


@pytest.fixture
def pollster(cloud: Cloud, life: Life, clock: SourceClock, ready_store_url: str) -> Iterator[Pollster]:
    """A pollster that is closed afterwards."""
    sources = sources_of(cloud, names=("keystone", "nova_api", "cinder", "glance"), init_command=ASK)
    pollster = Pollster(cloud, ready_store_url, sources=sources)
    yield pollster
    pollster.close()


@pytest.fixture
def sync(pollster: Pollster, clock: SourceClock) -> Sync:
    """Sync at a time of the sources: `sync(at("04-01 10:00"))`."""

    def cycle(now: datetime, **request: bool) -> Pollster:
        clock.set(now)
        pollster.sources.close()  # connections ask for the time when they begin
        pollster.sync(*FACTS, **request)
        return pollster

    return cycle
