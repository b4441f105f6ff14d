"""Reading again: whatever was missed is found, however often it is interrupted, while others write."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete

from reporting_pollster.services.backfill import Backfill, backfill
from reporting_pollster.services.sync import Request, UnitResult, sync
from reporting_pollster.services.sync.request import Silence
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import writing
from tests.pollster import Pollster, at
from tests.services.derive.conftest import Sync
from tests.services.derive.test_derive import agree, usage
from tests.services.sync.life import Life

SPAN = (date(2026, 3, 1), date(2026, 3, 31))
NAMES = ("instance",)


def run(pollster: Pollster, listener: Any = None, **settings: Any) -> list[UnitResult]:
    request = Backfill(NAMES, *SPAN, patience=20)
    return backfill(pollster.sources, pollster.engine, pollster.settings, request, listener)


@pytest.fixture
def changed(life: Life, sync: Sync, pollster: Pollster) -> tuple[Pollster, list[str]]:
    """Instances whose rows an operator has changed by hand since they were read: nothing points at that."""
    keys = [life.instance(launched_at=at("03-01 12:01")) for _ in range(15)]
    dead = [life.instance(launched_at=at("03-01 12:01")) for _ in range(15)]
    for key in dead:
        life.delete(key, at("03-10 10:00"))
    sync(at("04-01 00:00"))
    for key in dead:
        life.silently(key, vcpus=64)
    pollster.settings = type(pollster.settings)(page_rows=1)  # so that a step takes 20 rows
    return pollster, [*keys, *dead]


def test_what_nothing_points_at_is_found(changed: tuple[Pollster, list[str]]) -> None:
    pollster, keys = changed

    assert run(pollster) == []

    assert [row["vcpus"] for row in pollster.rows("instance")].count(64) == 15
    assert {row["vcpus"] for row in pollster.rows("instance_period", id=keys[-1], known_to=None)} == {64}
    agree(pollster)
    assert all(row["finished"] for row in pollster.rows("backfill"))


def test_an_interrupted_one_goes_on(changed: tuple[Pollster, list[str]]) -> None:
    pollster, _keys = changed
    listener = Interrupting(steps=1)
    with pytest.raises(KeyboardInterrupt):
        run(pollster, listener)
    so_far = listener.rows
    assert not all(row["finished"] for row in pollster.rows("backfill"))

    again = Interrupting(steps=1000)
    assert run(pollster, again) == []

    assert [row["vcpus"] for row in pollster.rows("instance")].count(64) == 15
    once = Interrupting(steps=1000)
    run(pollster, once)
    assert again.rows < once.rows
    assert so_far > 0
    agree(pollster)


def test_a_repeated_one_changes_nothing(changed: tuple[Pollster, list[str]]) -> None:
    pollster, _keys = changed
    run(pollster)
    before = (pollster.contents(("instance",)), pollster.rows("instance_period"), usage(pollster))

    run(pollster)

    assert (pollster.contents(("instance",)), pollster.rows("instance_period"), usage(pollster)) == before


def test_days_are_added_up_anew(changed: tuple[Pollster, list[str]]) -> None:
    pollster, _keys = changed
    run(pollster)
    table = whole_metadata().tables["usage_day"]
    with writing(pollster.engine) as connection:
        connection.execute(delete(table).where(table.c.day == date(2026, 3, 7)))

    run(pollster)

    assert any(row["day"] == date(2026, 3, 7) for row in pollster.rows("usage_day"))


def test_others_may_write_in_between(changed: tuple[Pollster, list[str]]) -> None:
    pollster, _keys = changed
    over = threading.Event()
    cycles: list[bool] = []

    def follow() -> None:
        while not over.is_set():
            results = sync(pollster.sources, pollster.engine, pollster.settings, Request(NAMES, patience=30))
            cycles.append(all(result.is_good for result in results))
            over.wait(1.5)  # longer than others wait between asking for the lease

    service = threading.Thread(target=follow)
    service.start()
    try:
        assert run(pollster) == []
    finally:
        over.set()
        service.join()

    assert cycles
    assert all(cycles)
    assert [row["vcpus"] for row in pollster.rows("instance")].count(64) == 15
    agree(pollster)


class Interrupting(Silence):
    """Counts what is read of instances, and ends the work like Ctrl-C after some steps."""

    def __init__(self, steps: int) -> None:
        self._steps, self.rows = steps, 0

    def finished(self, result: UnitResult) -> None:
        if result.table == "instance" and result.source == "cell1":
            self.rows += result.rows_read
            self._steps -= 1
            if self._steps < 0:
                raise KeyboardInterrupt
