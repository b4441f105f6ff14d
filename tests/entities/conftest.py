from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.entities.followed import Followed
from tests.openstack import NEWEST, Cloud
from tests.servers import SQLite
from tests.stores import Stores


@pytest.fixture
def follow(openstack: Callable[..., Cloud], stores: Stores, in_memory: SQLite) -> Iterator[Callable[..., Followed]]:
    """Give an empty cloud of a release, followed with some settings: `follow("2019.2", without=("neutron",))`."""
    with ExitStack() as given:

        def give(release: str = NEWEST, **settings: object) -> Followed:
            followed = Followed(openstack(release), given.enter_context(stores.lent(in_memory)), **settings)
            given.callback(followed.close)
            return followed

        yield give


@pytest.fixture
def followed(follow: Callable[..., Followed]) -> Followed:
    """Give an empty cloud of the newest release with every optional database."""
    return follow()
