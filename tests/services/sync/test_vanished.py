"""When a row was still there and when it surely was gone: true bounds, as close as can be told, whoever found out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.openstack import Cloud
from tests.pollster import Pollster, sources_of
from tests.servers import MariaDB
from tests.services.sync.histories.clock import ASK, SourceClock
from tests.services.sync.life import Life


@pytest.fixture
def clock(mariadb: MariaDB) -> Iterator[SourceClock]:
    clock = SourceClock(mariadb)
    yield clock
    clock.close()


@pytest.fixture
def pollster(cloud: Cloud, ready_store_url: str, clock: SourceClock, life: Life) -> Iterator[Pollster]:
    """A pollster that walks over one row in each cycle."""
    life.region()
    sources = sources_of(cloud, names=("keystone", "nova_api", "cinder", "glance"), init_command=ASK)
    pollster = Pollster(cloud, ready_store_url, sources=sources, page_rows=1)
    yield pollster
    pollster.close()


def _cycle(pollster: Pollster, clock: SourceClock, *names: str) -> datetime:
    """One cycle, ten minutes later than what was before."""
    clock.forward(600)
    pollster.sources.close()
    pollster.sync(*names)
    return clock.now


def _bounds(pollster: Pollster, table: str, **where: Any) -> tuple[datetime, datetime]:
    row = pollster.one(table, **where)
    assert not row["active"]
    return row["vanished_after"], row["vanished_before"]


def test_a_project_vanished_between_two_cycles(life: Life, clock: SourceClock, pollster: Pollster) -> None:
    last = _cycle(pollster, clock, "project")

    life.cloud.execute("keystone", "DELETE FROM project WHERE id = %s", ("b" * 32,))
    gone = clock.now
    found = _cycle(pollster, clock, "project")

    after, before = _bounds(pollster, "project", id="b" * 32)
    assert after == last <= gone <= found <= before <= found + timedelta(seconds=10)


def test_an_instance_vanished_between_two_cycles(life: Life, clock: SourceClock, pollster: Pollster) -> None:
    """The counts of the living tell in each cycle that all are there."""
    keys = [life.instance() for _number in range(3)]
    _cycle(pollster, clock, "instance")
    last = _cycle(pollster, clock, "instance")

    life.vanish(keys[0])
    found = _cycle(pollster, clock, "instance")

    assert _bounds(pollster, "instance", id=keys[0]) == (last, found)


def test_an_attachment_vanished_since_the_walk_that_passed_it(
    life: Life, clock: SourceClock, pollster: Pollster
) -> None:
    """Only the walk finds out, and that may be many cycles later."""
    volume = life.volume()
    keys = sorted(life.name() for _number in range(4))
    for key in keys:
        life.cloud.insert("cinder", "volume_attachment", id=key, volume_id=volume, deleted=0, attach_status="attached")
    first = _cycle(pollster, clock, "volume_attachment")
    _cycle(pollster, clock, "volume_attachment")

    life.cloud.execute("cinder", "DELETE FROM volume_attachment WHERE id = %s", (keys[3],))
    gone = clock.now
    while pollster.one("volume_attachment", id=keys[3])["active"]:
        found = _cycle(pollster, clock, "volume_attachment")

    after, before = _bounds(pollster, "volume_attachment", id=keys[3])
    assert first <= after <= gone <= before == found
    assert found - gone > timedelta(minutes=10), "it was found at once, which shows nothing"


def test_a_volume_that_another_one_stood_in_for(life: Life, clock: SourceClock, pollster: Pollster) -> None:
    """One vanished and another one was made in the same project: their number says nothing for some cycles."""
    keys = sorted(life.name() for _number in range(4))
    for key in keys[:3]:
        life.volume(id=key)
    _cycle(pollster, clock, "volume")
    _cycle(pollster, clock, "volume")

    life.cloud.execute("cinder", "DELETE FROM volumes WHERE id = %s", (keys[0],))
    life.volume(id=keys[3])
    gone = clock.now
    while pollster.one("volume", id=keys[0])["active"]:
        found = _cycle(pollster, clock, "volume")

    after, before = _bounds(pollster, "volume", id=keys[0])
    assert after <= gone <= before == found


def test_a_row_that_was_read_after_the_walk_began_was_there_then(
    life: Life, clock: SourceClock, pollster: Pollster
) -> None:
    keys = sorted(life.name() for _number in range(4))
    for key in keys[:3]:
        life.volume(id=key)
    _cycle(pollster, clock, "volume")
    life.volume(id=keys[3])
    made = _cycle(pollster, clock, "volume")  # found by its count, before the walk comes by

    life.cloud.execute("cinder", "DELETE FROM volumes WHERE id = %s", (keys[3],))
    found = _cycle(pollster, clock, "volume")

    assert _bounds(pollster, "volume", id=keys[3]) == (made, found)


def test_the_bounds_are_in_order_after_the_clock_was_set_back(
    life: Life, clock: SourceClock, pollster: Pollster
) -> None:
    keys = [life.volume() for _number in range(2)]
    _cycle(pollster, clock, "volume")
    life.change_volume(keys[0], size=20)
    _cycle(pollster, clock, "volume")

    clock.forward(-30_000)
    life.cloud.execute("cinder", "DELETE FROM volumes WHERE id = %s", (keys[0],))
    while pollster.one("volume", id=keys[0])["active"]:
        _cycle(pollster, clock, "volume")

    after, before = _bounds(pollster, "volume", id=keys[0])
    assert after is None or after <= before
