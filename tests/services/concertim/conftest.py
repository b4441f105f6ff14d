"""A reporting database with one project and one flavour, and a Concertim whose team has that project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reporting_pollster.services.concertim import Concertim as Service
from tests.concertim import Concertim
from tests.servers import SQLite
from tests.services.concertim.shown import Rows, service_of
from tests.stores import Stores, engine_of


@pytest.fixture
def rows(stores: Stores, in_memory: SQLite) -> Iterator[Rows]:
    """Return the rows of the reporting database."""
    with stores.lent(in_memory) as url:
        yield Rows(engine_of(url))


@pytest.fixture
def concertim() -> Iterator[Concertim]:
    """Return the stand-in."""
    with Concertim() as running:
        running.installation.owner("physics", "p1")
        yield running


@pytest.fixture
def service(rows: Rows, concertim: Concertim) -> Service:
    """Return what shows the rows there."""
    return service_of(rows.engine, concertim)
