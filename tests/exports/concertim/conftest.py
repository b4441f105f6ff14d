"""A stand-in for each test, and a client that does not really wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reporting_pollster.exports.concertim.client import Client
from tests.concertim import Concertim
from tests.exports.concertim.cycles import Waits, client_of


@pytest.fixture
def concertim() -> Iterator[Concertim]:
    """Return an installation with the team of the project p1."""
    with Concertim() as running:
        running.installation.owner("physics", "p1")
        yield running


@pytest.fixture
def waits() -> Waits:
    """Return what the client waited."""
    return Waits()


@pytest.fixture
def client(concertim: Concertim, waits: Waits) -> Iterator[Client]:
    """Return a client of the administrator."""
    made = client_of(concertim, waits)
    yield made
    made.close()
