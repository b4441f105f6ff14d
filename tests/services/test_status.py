"""What status says of each source: how fresh it is, what its last run did, and why it is stale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.services.status import SourceStatus, Status, status
from reporting_pollster.sources.cloud import Cloud as Sources
from reporting_pollster.store.engine import writing
from reporting_pollster.store.lease import holding
from reporting_pollster.store.tables import SyncState
from tests.openstack import Cloud
from tests.pollster import Pollster
from tests.services.sync.life import Life


@pytest.fixture
def life(cloud: Cloud) -> Life:
    """Return what the services would do in the cloud, which has a project already."""
    made = Life(cloud)
    made.region()
    return made


@pytest.fixture
def pollster(cloud: Cloud, life: Life, ready_store_url: str) -> Iterator[Pollster]:
    """Return a pollster of the cloud."""
    made = Pollster(cloud, ready_store_url)
    yield made
    made.close()


def look(pollster: Pollster, **settings: Any) -> Status:
    return status(pollster.sources, pollster.engine, SyncSettings(**settings))


def one(found: Status, table: str, source: str = "region") -> SourceStatus:
    (source_status,) = [each for each in found.sources if (each.table, each.source) == (table, source)]
    return source_status


def test_before_the_first_sync_all_is_stale(pollster: Pollster) -> None:
    found = look(pollster)

    assert found.is_stale
    assert {(each.stale, each.problem, each.loaded) for each in found.sources if each.configured} == {
        (True, "never read", False)
    }


def test_after_a_sync_all_is_fresh(life: Life, pollster: Pollster) -> None:
    life.volume()
    life.instance(cell="cell0")
    life.instance(cell="cell1")
    pollster.sync()

    found = look(pollster)

    assert not found.is_stale
    volume, instance = one(found, "volume"), one(found, "instance", "cell1")
    assert (volume.loaded, volume.rows, volume.problem, volume.quarantined) == (True, 1, None, 0)
    assert volume.behind_seconds is not None
    assert 0 <= volume.behind_seconds < 60
    assert volume.last_run is not None
    assert (volume.last_run.outcome, volume.last_run.read, volume.last_run.new) == ("done", 1, 1)
    assert volume.swept_at is not None
    assert instance.rows == 2  # those of the whole table
    assert instance.last_run is not None
    assert instance.last_run.read == 1


def test_the_last_run_is_the_last_one_also_of_a_table_that_is_seldom_synced(life: Life, pollster: Pollster) -> None:
    life.volume()
    pollster.sync()
    for _ in range(3):
        pollster.sync("domain")

    found = look(pollster)

    runs = one(found, "domain").last_run, one(found, "volume").last_run
    assert [run and run.new for run in runs] == [0, 1]


def test_a_source_that_was_read_too_long_ago_is_stale(pollster: Pollster) -> None:
    pollster.sync()
    with writing(pollster.engine) as connection:
        early = timedelta(seconds=1000)
        at = pollster.one("sync_state", table_name="image")["succeeded_at"] - early
        connection.execute(update(SyncState).where(SyncState.table_name == "image").values(succeeded_at=at))

    found = look(pollster, stale_after_seconds=900)

    assert [each.table for each in found.sources if each.stale] == ["image"]
    assert "stale_after_seconds" in (one(found, "image").problem or "")
    assert (one(found, "image").behind_seconds or 0) >= 1000
    assert not look(pollster, stale_after_seconds=9000).is_stale


def test_a_source_that_failed_is_stale_until_it_is_read_again(cloud: Cloud, pollster: Pollster) -> None:
    pollster.sync()

    cloud.execute("cinder", "RENAME TABLE backups TO old_backups")
    pollster.use("cinder", cloud)
    pollster.attempt("backup")
    failed = one(look(pollster), "backup")
    cloud.execute("cinder", "RENAME TABLE old_backups TO backups")
    pollster.use("cinder", cloud)
    pollster.sync("backup")
    mended = one(look(pollster), "backup")

    assert (failed.stale, mended.stale) == (True, False)
    assert "backups" in (failed.problem or "")
    assert [each.last_run and each.last_run.outcome for each in (failed, mended)] == ["failed", "done"]


def test_rows_put_aside_are_counted(life: Life, pollster: Pollster) -> None:
    life.cloud.insert("cinder", "volumes", id="", project_id="a" * 32)
    life.volume(size=-1)
    pollster.sync()

    found = look(pollster)

    assert one(found, "volume").quarantined == 2
    assert one(found, "image").quarantined == 0


def test_the_walk_shows_where_it_is(life: Life, cloud: Cloud, ready_store_url: str) -> None:
    keys = sorted(life.volume() for _ in range(5))
    pollster = Pollster(cloud, ready_store_url, page_rows=2, sweep_share=0.01)
    pollster.sync()
    assert one(look(pollster), "volume").walk is None

    pollster.sync("volume")

    assert one(look(pollster), "volume").walk == keys[1]
    pollster.close()


def test_what_is_not_configured_is_not_stale(pollster: Pollster) -> None:
    pollster.sync()
    without = {name: one for name, one in pollster.sources.databases.items() if name != "heat"}
    cells = {"cell1": pollster.sources.cells["cell1"]}
    fewer = Sources(pollster.sources.region, without, cells)

    found = status(fewer, pollster.engine, SyncSettings())

    assert not found.is_stale
    assert not one(found, "stack").configured
    assert not one(found, "instance", "cell0").configured  # it was, before
    assert one(found, "instance", "cell1").configured


def test_the_writer_is_named_while_there_is_one(pollster: Pollster) -> None:
    assert look(pollster).writer is None

    with holding(pollster.engine) as held:
        assert look(pollster).writer == held.holder
