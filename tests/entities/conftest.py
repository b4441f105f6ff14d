from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.entities.cloud import Cloud


@pytest.fixture
def cloud() -> Cloud:
    """The databases of the newest release, every optional one included, all empty."""
    return Cloud()


@pytest.fixture
def make_cloud() -> Callable[..., Cloud]:
    """For a cloud of another release, without some databases, or with other settings."""
    return Cloud
