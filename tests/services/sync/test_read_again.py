"""Rows that a notification named are read again at once, as part of no cycle, and whatever is wrong does no harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reporting_pollster.domain.notification import Notification, Told, meaning
from reporting_pollster.services.derive import follow
from reporting_pollster.services.sync import UnitResult
from reporting_pollster.services.sync.targeted import read_again
from reporting_pollster.store.engine import utc_now, writing
from reporting_pollster.store.events import record
from reporting_pollster.store.scope import WHOLE_REGION
from tests.openstack import Cloud
from tests.pollster import REGION, Pollster
from tests.servers import SQLite
from tests.services.sync.everything import Contents, everything
from tests.services.sync.filled import fill
from tests.services.sync.life import BORN, Life
from tests.stores import Stores

NEVER = "00000000-0000-0000-0000-00000000dead"
LATER = BORN + timedelta(hours=1)


def again(pollster: Pollster, wanted: Mapping[str, Collection[str] | None]) -> list[UnitResult]:
    return read_again(pollster.sources, pollster.engine, pollster.settings, wanted)


def current(pollster: Pollster, table: str, key: str) -> list[dict[str, Any]]:
    return sorted(pollster.rows(table, id=key, known_to=None), key=lambda row: row["valid_from"])


def bookkeeping(pollster: Pollster) -> tuple[list[dict[str, Any]], int]:
    """Where the cycles stand, and how many there were."""
    return pollster.rows("sync_state"), len(pollster.rows("sync_run"))


def test_a_changed_row_shows_in_its_table_and_its_periods_without_a_cycle(life: Life, pollster: Pollster) -> None:
    life.region()
    server, volume, other = life.instance(), life.volume(), life.volume()
    pollster.sync()
    before = bookkeeping(pollster)

    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    life.save(server, now, vm_state="error")
    life.change_volume(volume, size=25, updated_at=now)
    life.change_volume(other, size=99, updated_at=now)  # which no message named
    results = again(pollster, {"instance": [server], "volume": {volume}, "volume_type": None})

    assert all(result.is_good for result in results)
    assert pollster.one("volume", id=volume)["size"] == 25
    *_before, changed = current(pollster, "volume_period", volume)
    assert changed["size"] == 25
    assert now - timedelta(seconds=1) <= changed["valid_from"] <= now + timedelta(minutes=1)
    assert current(pollster, "instance_period", server)[-1]["state"] == "error"
    assert pollster.one("volume", id=other)["size"] == 10
    assert _marks(bookkeeping(pollster)[0], but="volume_type") == _marks(before[0], but="volume_type")
    pollster.sync()
    assert pollster.one("volume", id=other)["size"] == 99
    assert current(pollster, "volume_period", volume)[-1] == changed


def _marks(states: list[dict[str, Any]], *, but: str) -> list[dict[str, Any]]:
    return [row for row in states if row["table_name"] != but]


def test_a_creation_and_an_end_show_without_a_cycle(life: Life, pollster: Pollster) -> None:
    life.region()
    server = life.instance(launched_at=BORN)
    pollster.sync()
    new = life.instance(created=LATER, launched_at=LATER)
    life.delete(server, LATER)

    again(pollster, {"instance": [server, new]})

    assert current(pollster, "instance_period", server)[-1]["valid_to"] == LATER
    assert current(pollster, "instance_period", new)[0]["valid_from"] == LATER
    results = {(each.table, each.source): each for each in pollster.sync()}
    assert results["instance", "cell1"].plan.is_empty


def test_with_a_project_its_assignments_go_though_no_message_names_them(life: Life, pollster: Pollster) -> None:
    life.region()
    life.cloud.insert(
        "keystone", "assignment", type="UserProject", actor_id="admin", target_id="b" * 32, role_id="member"
    )
    pollster.sync()
    assert [row["project"] for row in pollster.rows("role", active=True)] == ["a" * 32, "b" * 32]
    life.cloud.execute("keystone", "DELETE FROM assignment WHERE target_id = %s", ["a" * 32])
    life.cloud.execute("keystone", "DELETE FROM project WHERE id = %s", ["a" * 32])
    deleted = Notification(
        "m1", "identity.project.deleted", "identity.ctl1", "INFO", LATER, {"resource_info": "a" * 32}
    )

    again(pollster, {hint.table: None for hint in meaning(deleted).hints})

    assert [row["project"] for row in pollster.rows("role", active=True)] == ["b" * 32]
    assert not pollster.one("project", id="a" * 32)["active"]


@pytest.fixture
def quick(cloud: Cloud, in_memory: SQLite, stores: Stores) -> Iterator[Pollster]:
    with stores.lent(in_memory) as url:
        pollster = Pollster(cloud, url)
        yield pollster
        pollster.close()


def contents(pollster: Pollster) -> Contents:
    """All that is told, but for records of what was tried."""
    return everything(pollster.engine, but=("sync_state", "metadata"))


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param({"volume": [NEVER], "instance": [NEVER], "image": [NEVER, NEVER]}, id="unknown-ids"),
        pytest.param({"volume": [], "floating_ip": None}, id="nothing"),
        pytest.param({"volume": ["", "x" * 300, "'; DROP TABLE volume; --", "%", "\N{PILE OF POO}"]}, id="no-ids"),
        pytest.param({"no_such_table": None, "lease": ["1"], "volume_period": [NEVER]}, id="no-such-table"),
    ],
)
def test_what_is_not_there_does_no_harm(life: Life, quick: Pollster, wanted: Any) -> None:
    life.region()
    life.volume()
    quick.sync()
    before = contents(quick)

    results = again(quick, wanted)

    assert not [result for result in results if not result.is_good and result.outcome != "skipped"]
    assert contents(quick) == before


def test_a_row_that_is_gone_is_left_to_the_cycle(life: Life, quick: Pollster) -> None:
    life.region()
    server, _other = life.instance(), life.instance()
    quick.sync()
    before = contents(quick)

    life.vanish(server)
    again(quick, {"instance": [server]})
    assert contents(quick) == before
    quick.sync()

    assert not quick.one("instance", id=server)["active"]


def test_before_the_first_load_nothing_is_read_or_derived(life: Life, quick: Pollster) -> None:
    life.region()
    server, volume = life.instance(), life.volume()
    with writing(quick.engine) as connection:
        values = {"created": BORN, "vm_state": "active", "project_id": "a" * 32}
        told = Told("instance", server, BORN, "create", frozenset(values), values)
        record(connection, REGION, utc_now(connection), [("m1", told)])

    results = again(quick, {"instance": [server], "volume": [volume]})
    assert follow(quick.sources, quick.engine) == 0

    assert {result.outcome for result in results if result.table in {"instance", "volume"}} == {"skipped"}
    assert not any(quick.rows(name) for name in ("instance", "volume", "instance_period", "volume_period"))
    quick.sync()
    assert current(quick, "instance_period", server)


def test_a_source_that_is_away_is_tried_again_by_the_cycle(life: Life, quick: Pollster) -> None:
    life.region()
    volume = life.volume()
    quick.sync()
    before = contents(quick)

    life.change_volume(volume, size=30, updated_at=LATER)
    quick.use_url("cinder", "mysql+pymysql://nobody@127.0.0.1:1/cinder")
    results = again(quick, {"volume": [volume]})

    assert [result.outcome for result in results if result.table == "volume"] == ["failed"]
    assert contents(quick) == before
    quick.use("cinder", quick.cloud)
    quick.sync()
    assert quick.one("volume", id=volume)["size"] == 30


@pytest.mark.parametrize(("source", "table"), [("cinder", "volume"), ("cell1", "instance"), ("glance", "image")])
def test_another_database_is_refused_as_in_a_cycle(
    openstack: Callable[..., Cloud], quick: Pollster, source: str, table: str
) -> None:
    other = openstack(region="other")
    fill(quick.cloud, "a")
    fill(other, "b")
    quick.sync()
    before = contents(quick)
    known = next(row["id"] for row in quick.rows(table))

    quick.use(source, other, f"nova_{source}" if source == "cell1" else source)
    results = again(quick, {table: [known]})

    name = source if source == "cell1" else WHOLE_REGION
    refused = [result.outcome for result in results if result.table == table and result.source == name]
    assert refused == ["refused"]
    assert contents(quick) == before
    assert any(result.outcome == "refused" for result in quick.attempt(table))


def test_a_reading_beside_a_cycle_takes_its_turn(life: Life, quick: Pollster) -> None:
    """What was read again first is no news to the cycle, and the other way round."""
    life.region()
    volume = life.volume()
    quick.sync()

    time.sleep(1.05)  # of what is read within one second only the last counts
    life.change_volume(volume, size=11, updated_at=LATER)
    quick.sync()
    again(quick, {"volume": [volume]})
    time.sleep(1.05)
    life.change_volume(volume, size=12, updated_at=datetime(2026, 3, 1, 15))
    again(quick, {"volume": [volume]})
    again(quick, {"volume": [volume]})
    quick.sync()

    assert sorted({row["size"] for row in current(quick, "volume_period", volume)}) == [10, 11, 12]
    assert len(quick.rows("volume_history", id=volume)) == 2
