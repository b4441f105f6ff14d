from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.derived.traced import Traced
from tests.openstack import NEWEST, Cloud
from tests.servers import SQLite
from tests.stores import Stores


@pytest.fixture
def trace(openstack: Callable[..., Cloud], stores: Stores, in_memory: SQLite) -> Iterator[Callable[..., Traced]]:
    """Give an empty cloud of a release and what follows it, on SQLite: `trace("2019.2", without=("neutron",))`."""
    with ExitStack() as given:

        def give(release: str = NEWEST, **settings: object) -> Traced:
            traced = Traced(openstack(release), given.enter_context(stores.lent(in_memory)), **settings)
            given.callback(traced.close)
            return traced

        yield give


@pytest.fixture
def traced(trace: Callable[..., Traced]) -> Traced:
    """Give an empty cloud of the newest release, followed on SQLite."""
    return trace()


@pytest.fixture
def traced_on_each(cloud: Cloud, ready_store_url: str) -> Iterator[Traced]:
    """Give the same on each server that a reporting database may live on, one after the other."""
    traced = Traced(cloud, ready_store_url)
    yield traced
    traced.close()
