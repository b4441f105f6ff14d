"""Whatever happens to a cloud, the reporting database ends up equal to it, and keeps what the cloud has forgotten.

.venv/bin/pytest tests/services/sync/test_histories.py --histories 500
.venv/bin/pytest tests/services/sync/test_histories.py -k 'sqlite-17'      the one history that failed
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reporting_pollster.sources.cloud import Cloud as Sources
from tests.openstack import Cloud, Clouds
from tests.pollster import Pollster, sources_of
from tests.servers import MariaDB, Server, SQLite
from tests.services.sync.histories.afresh import check_against
from tests.services.sync.histories.clock import ASK, SourceClock
from tests.services.sync.histories.history import History
from tests.stores import Stores

PAGE_ROWS = 3  # so few that a cycle walks over a part of the rows only


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All histories on SQLite, some of them on the servers."""
    number = metafunc.config.getoption("--histories")
    kinds = [("sqlite", seed) for seed in range(number)]
    kinds += [(kind, seed) for kind in ("mariadb", "postgresql") for seed in range(max(3, number // 20))]
    metafunc.parametrize(("kind", "seed"), kinds, ids=[f"{kind}-{seed}" for kind, seed in kinds])


@pytest.fixture(scope="module")
def clock(mariadb: MariaDB) -> Iterator[SourceClock]:
    clock = SourceClock(mariadb)
    yield clock
    clock.close()


@pytest.fixture(scope="module")
def cloud(clouds: Clouds) -> Cloud:
    return clouds.cloud(cells=3)


@pytest.fixture(scope="module")
def sources(cloud: Cloud) -> Iterator[Sources]:
    """The cloud's databases, whose clock the test sets."""
    sources = sources_of(cloud, names=("keystone", "nova_api", "cinder", "glance"), init_command=ASK)
    yield sources
    sources.close()


@pytest.fixture
def pollster(
    request: pytest.FixtureRequest, kind: str, cloud: Cloud, sources: Sources, stores: Stores, in_memory: SQLite
) -> Iterator[Pollster]:
    """A pollster with an empty reporting database on the server in question."""
    server: Server = in_memory if kind == "sqlite" else request.getfixturevalue(kind)
    with stores.lent(server) as url:
        yield Pollster(cloud, url, sources=sources, page_rows=PAGE_ROWS)


def test_the_store_follows_whatever_happens(
    kind: str,
    seed: int,
    cloud: Cloud,
    sources: Sources,
    clock: SourceClock,
    pollster: Pollster,
    stores: Stores,
    in_memory: SQLite,
) -> None:
    history = History(seed, cloud, clock, pollster)

    try:
        history.run()
        if seed % 4 == 0:
            with stores.lent(in_memory) as url:
                check_against(Pollster(cloud, url, sources=sources), pollster, history.tables)
    finally:
        print("\n".join(history.log))  # shown when it fails
        history.world.close()
        cloud.empty()
