"""What is written down of each finished unit of work, also of one that failed."""

from __future__ import annotations

import pytest

from tests.openstack import Cloud
from tests.pollster import Pollster
from tests.services.sync.life import Life


@pytest.fixture(autouse=True)
def _region(life: Life) -> None:
    life.region()


def test_a_failure_is_recorded_with_its_reason(life: Life, cloud: Cloud, pollster: Pollster) -> None:
    life.volume()
    pollster.sync()

    cloud.execute("cinder", "ALTER TABLE volumes DROP COLUMN size")
    pollster.use("cinder", cloud)  # a new connection looks at the tables anew
    results = pollster.attempt("volume")

    assert [result.table for result in results if not result.is_good] == ["volume"]
    good, bad = pollster.rows("sync_run", table_name="volume")
    assert (good["outcome"], good["rows_new"], good["message"]) == ("done", 1, None)
    assert (bad["outcome"], bad["rows_read"]) == ("failed", 0)
    assert "volumes.size" in bad["message"]
    assert "volumes.size" in pollster.one("sync_state", table_name="volume")["problem"]
