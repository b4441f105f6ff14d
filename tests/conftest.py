"""Fixtures that all tests share: real servers, clouds to read from, databases to report into.

Servers start when a test first asks for one, once per run, in about a second each, and are gone with the run.

    make test                                       everything, as it is checked before a change lands
    .venv/bin/pytest tests/domain                   what needs no server
    .venv/bin/pytest tests/store -k postgresql      the tests that run on each database, on one of them
    .venv/bin/pytest -k 'a_closed_volume and mariadb'       one test against one server
    .venv/bin/pytest -k 2019.2                      the tests that run on each release, on one of them
"""

import itertools
import logging
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.openstack import NEWEST, RELEASES, Cloud, Clouds
from tests.servers import MariaDB, PostgreSQL, RabbitMQ, Server, SQLite
from tests.servers.gnocchi import Gnocchi
from tests.stores import Stores

_numbers = itertools.count(1)

# Newer versions of PyMySQL read all certificates of the machine for each connection, which takes 20 ms of a processor;
# tests trust none of them.
os.environ["SSL_CERT_FILE"] = os.devnull

_MEMORY = Path("/dev/shm")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `make crash-test` and its like ask for, how long to look for trouble, what to write."""
    parser.addoption("--crash-points", default="10", help="at how many statements to kill each of two syncs, or all")
    parser.addoption("--histories", type=int, default=16, help="how many random histories of a cloud to follow")
    parser.addoption("--lifecycles", type=int, default=2000, help="how many random lives of instances to compare")
    parser.addoption("--concertims", type=int, default=25, help="how many random states of Concertim to bring in line")
    parser.addoption("--messages", type=int, default=1000, help="how many messages a killed collector has to get")
    parser.addoption("--examples", default="2", help="how many random questions to ask of each route of the API")
    parser.addoption("--write-answers", action="store_true", help="write the answers that the cookbook shows")


def pytest_configure() -> None:
    """Let commands of tests be interrupted: what runs in the background is not, and hands that on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what has costly fixtures: a worker never gives away its first tests, so only one makes those."""
    items.sort(key=lambda item: item.get_closest_marker("costly") is None)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """Return the MariaDB of this run."""
    server = MariaDB()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Log as before again: a command or an API of a test says for the whole process what is logged."""
    root, ours = logging.getLogger(), logging.getLogger("reporting_pollster")
    before = root.level, ours.level, list(root.handlers)
    yield
    for handler in [each for each in root.handlers if each not in before[2]]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[0])
    ours.setLevel(before[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Return the PostgreSQL of this run."""
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """Return the RabbitMQ of this run."""
    server = RabbitMQ()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def gnocchi(mariadb: MariaDB) -> Iterator[Gnocchi]:
    """Return the Gnocchi of this run, which takes three seconds to start: whoever asks for it is `costly`."""
    server = Gnocchi(mariadb)
    yield server
    server.stop()


@pytest.fixture
def virtual_host(rabbitmq: RabbitMQ) -> Iterator[str]:
    """Return a virtual host of the test's own."""
    name = f"test{next(_numbers)}"
    rabbitmq.create_virtual_host(name)
    yield name
    rabbitmq.drop_virtual_host(name)


@pytest.fixture
def sqlite(tmp_path: Path) -> SQLite:
    """Return SQLite in a directory of the test's own."""
    return SQLite(tmp_path)


@pytest.fixture(scope="session")
def in_memory() -> Iterator[SQLite]:
    """Return SQLite for the whole run, without a disk where there is such a thing: it waits for one at each commit."""
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2**30
    with TemporaryDirectory(prefix="reporting-", dir=_MEMORY if has_room else None) as directory:
        yield SQLite(Path(directory))


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def store_server(request: pytest.FixtureRequest) -> Server:
    """Return each server that a reporting database may live on, one after the other."""
    server: Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def store_url(store_server: Server, in_memory: SQLite) -> Iterator[str]:
    """Return the URL of a fresh, empty database, on each server one after the other."""
    name = f"reporting{next(_numbers)}"
    server = in_memory if isinstance(store_server, SQLite) else store_server
    server.create_database(name)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(scope="session")
def stores() -> Stores:
    """Return the reporting databases that are ready for use."""
    return Stores()


@pytest.fixture
def ready_store_url(store_server: Server, stores: Stores, in_memory: SQLite) -> Iterator[str]:
    """Return the URL of a reporting database with all its tables, empty, on each server one after the other."""
    with stores.lent(in_memory if isinstance(store_server, SQLite) else store_server) as url:
        yield url


@pytest.fixture(scope="session")
def clouds(mariadb: MariaDB) -> Clouds:
    """Return the clouds of this run; a test asks `openstack` for one, which empties it afterwards."""
    return Clouds(mariadb)


@pytest.fixture
def openstack(clouds: Clouds) -> Iterator[Callable[..., Cloud]]:
    """Return what gives an empty cloud of a release: `openstack("2024.1", cells=3, region="north")`."""
    used: dict[int, Cloud] = {}

    def give(release: str = NEWEST, *, cells: int = 2, region: str = "") -> Cloud:
        cloud = clouds.cloud(release, cells=cells, region=region)
        return used.setdefault(id(cloud), cloud)

    yield give
    for cloud in used.values():
        cloud.empty()


@pytest.fixture
def cloud(openstack: Callable[..., Cloud]) -> Cloud:
    """Return an empty cloud of the newest release."""
    return openstack()


@pytest.fixture(params=RELEASES)
def each_cloud(request: pytest.FixtureRequest, openstack: Callable[..., Cloud]) -> Cloud:
    """Return an empty cloud of each release, one after the other."""
    return openstack(request.param)
