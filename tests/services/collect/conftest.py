"""A cloud that notifies, and us."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.servers import MariaDB, RabbitMQ
from tests.services.collect.collecting import Ours
from tests.services.collect.sending import Cloud
from tests.stores import Stores


@pytest.fixture
def services(rabbitmq: RabbitMQ, virtual_host: str) -> Iterator[Cloud]:
    """Return the services of a virtual host of the test's own."""
    cloud = Cloud(rabbitmq, virtual_host)
    yield cloud
    cloud.close()


@pytest.fixture
def store_url_of_mariadb(mariadb: MariaDB, stores: Stores) -> Iterator[str]:
    """Return the URL of a reporting database with all its tables, empty, on MariaDB."""
    with stores.lent(mariadb) as url:
        yield url


@pytest.fixture
def ours(services: Cloud, store_url_of_mariadb: str) -> Callable[..., Ours]:
    """Return what collects from the services into MariaDB, with the settings that are given."""

    def make(**settings: object) -> Ours:
        return Ours(services.broker.url(services.virtual_host), store_url_of_mariadb, **settings)

    return make
