"""One sample cloud for all tests that only look at it."""

from datetime import datetime
from pathlib import Path

import pytest

from reporting_pollster.demo import DemoCloud, build

NOW = datetime(2026, 11, 20, 9, 30)
INSTANCES = 1000


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("cloud")
    build(directory, now=NOW, instances=INSTANCES)
    return directory


@pytest.fixture(scope="session")
def cloud(home: Path) -> DemoCloud:
    return DemoCloud.at(home)
