"""Sample clouds to damage; one is built for the whole run and copied for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reporting_pollster.demo import build
from tests.crash.keeping import Kept, bring_back, kept
from tests.services.verify.sample import Sample

LONG_AGO = datetime(2025, 3, 1, 12)  # so that no time in it is newer than the last read


@pytest.fixture(scope="session")
def built_cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a sample cloud."""
    directory = tmp_path_factory.mktemp("cloud")
    build(directory, now=LONG_AGO, instances=300)
    return directory


@pytest.fixture(scope="session")
def small_cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a sample cloud that is soon synced."""
    directory = tmp_path_factory.mktemp("small")
    build(directory, now=LONG_AGO, instances=40)
    return directory


@pytest.fixture
def make_sample(built_cloud: Path, tmp_path: Path, ready_store_url: str) -> Iterator[Callable[..., Sample]]:
    """Pollsters of a copy, with settings of the test's."""
    made: list[Sample] = []

    def make(**settings: Any) -> Sample:
        made.append(Sample(built_cloud, tmp_path / "cloud", ready_store_url, **settings))
        return made[-1]

    yield make
    for sample in made:
        sample.close()


@pytest.fixture(scope="session")
def after_sync() -> dict[str, Kept]:
    """Return what the reporting database held when the small cloud had been synced, by kind of database."""
    return {}


@pytest.fixture
def sample(small_cloud: Path, tmp_path: Path, ready_store_url: str, after_sync: dict[str, Kept]) -> Iterator[Sample]:
    """Return a pollster that has synced a small cloud: once for each kind of database, and brought back after that."""
    made = Sample(small_cloud, tmp_path / "cloud", ready_store_url)
    kind = made.engine.dialect.name
    if kind in after_sync:
        bring_back(made.engine, after_sync[kind])
    else:
        made.sync()
        after_sync[kind] = kept(made.engine)
    yield made
    made.close()
