"""A pollster on a small cloud, with the reporting database on each server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.openstack import Cloud
from tests.pollster import Pollster
from tests.services.sync.life import Life


@pytest.fixture
def life(cloud: Cloud) -> Life:
    """What nova, cinder and glance would do in the cloud."""
    return Life(cloud)


@pytest.fixture
def make_pollster(cloud: Cloud, ready_store_url: str) -> Iterator[Callable[..., Pollster]]:
    """Pollsters of the cloud, with settings of the test's."""
    made: list[Pollster] = []

    def make(**settings: Any) -> Pollster:
        made.append(Pollster(cloud, ready_store_url, **settings))
        return made[-1]

    yield make
    for pollster in made:
        pollster.close()


@pytest.fixture
def pollster(make_pollster: Callable[..., Pollster]) -> Pollster:
    return make_pollster()
