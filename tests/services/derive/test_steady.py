"""One resource with impossible facts, a change that comes while others are derived, an error of whoever uses pieces."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import closing
from typing import Any

import pytest

from reporting_pollster.derived import timelines
from reporting_pollster.services.derive import periods
from reporting_pollster.services.read_ahead import read_ahead
from reporting_pollster.store.due import note_ids
from reporting_pollster.store.engine import writing
from tests.pollster import REGION, at
from tests.services.derive.conftest import Sync
from tests.services.derive.test_derive import agree, brief
from tests.services.sync.life import Life

INSTANCE = timelines()["instance"]


def test_one_resource_that_cannot_be_derived_keeps_no_other_from_it(
    life: Life, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = life.instance(launched_at=at("03-01 12:01")), life.instance(launched_at=at("03-01 12:02"))
    before = brief(sync(at("03-20 00:00")), bad)
    derive = INSTANCE.derive

    def fails(facts: Any, context: Any) -> Any:
        if facts["rows"][0][0] == bad:
            raise ArithmeticError("beyond the rules")
        return derive(facts, context)

    for key in (bad, good):
        life.save(key, at("03-21 10:00"), vm_state="stopped")
    with monkeypatch.context() as patch:
        patch.setitem(INSTANCE.__dict__, "derive", fails)
        pollster = sync(at("03-22 00:00"))

    assert brief(pollster, bad) == before
    assert brief(pollster, good)[-1] == (at("03-21 10:00"), None, "stopped")
    problem = pollster.one("quarantine", table_name="instance_period")
    assert (problem["row_key"], problem["resolved"]) == (bad, None)
    assert "ArithmeticError" in problem["reason"]

    life.save(bad, at("03-23 10:00"), vm_state="active")
    sync(at("03-24 00:00"))
    assert pollster.one("quarantine", table_name="instance_period")["resolved"] is not None
    agree(pollster)


def test_a_change_that_is_noted_while_facts_are_read_stays_due(
    life: Life, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = life.instance(launched_at=at("03-01 12:01"))
    pollster = sync(at("03-20 00:00"))
    read, looks = periods.facts_of, []

    def reads_and_then_it_changes(*arguments: Any) -> Any:
        facts = read(*arguments)
        looks.append(list(arguments[3]))
        if looks == [[key]]:
            with writing(pollster.engine) as connection:
                note_ids(connection, "instance", REGION, [key])
        return facts

    monkeypatch.setattr(periods, "facts_of", reads_and_then_it_changes)
    life.save(key, at("03-21 10:00"), vm_state="stopped")
    sync(at("03-22 00:00"))

    assert looks == [[key], [key]]
    assert pollster.rows("period_due") == []


def test_a_thread_is_not_at_work_any_more_when_an_error_goes_on() -> None:
    at_work = threading.Event()

    def pieces() -> Generator[int]:
        yield 1
        at_work.set()
        time.sleep(0.2)
        at_work.clear()
        yield 2

    def use() -> None:
        with closing(read_ahead(pieces())) as ahead:
            next(ahead)
            at_work.wait()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()

    assert not at_work.is_set()
