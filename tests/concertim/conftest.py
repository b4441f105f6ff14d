"""A stand-in for each test, and somebody who is signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.concertim import Concertim
from tests.concertim.caller import Caller


@pytest.fixture
def concertim() -> Iterator[Concertim]:
    """Return an installation as delivered."""
    with Concertim() as running:
        yield running


@pytest.fixture
def root(concertim: Concertim) -> Caller:
    """Return a client of the administrator."""
    return Caller(concertim)
