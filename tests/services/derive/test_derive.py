"""Periods and usage as they follow from a real sync: exact, superseded and never edited, the same however they came."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from reporting_pollster.derived import timelines
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import writing
from tests.pollster import Pollster, at
from tests.services.derive.conftest import FACTS, Sync
from tests.services.sync.life import Life

DAY = timedelta(days=1)
PERIOD = timelines()["instance"]
SAID = ("id", *PERIOD.row_columns)


def act(life: Life, key: str, name: str, started: datetime, finished: datetime | None, cell: str = "cell1") -> None:
    """An action on an instance."""
    life.cloud.insert(
        f"nova_{cell}", "instance_actions", instance_uuid=key, action=name, request_id=f"req-{started}",
        project_id="a" * 32, user_id="u" * 32, start_time=started, finish_time=finished, created_at=started, deleted=0,
    )  # fmt: skip


def current(pollster: Pollster, table: str = "instance_period") -> list[tuple[Any, ...]]:
    """What is believed now, in order."""
    rows = pollster.rows(table, known_to=None)
    return sorted((tuple(row[name] for name in SAID) for row in rows), key=lambda row: (row[0], str(row)))


def brief(pollster: Pollster, key: str) -> list[tuple[Any, ...]]:
    rows = sorted(pollster.rows("instance_period", id=key, known_to=None), key=lambda row: row["valid_from"])
    return [(row["valid_from"], row["valid_to"], row["state"]) for row in rows]


def usage(pollster: Pollster) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """usage_day by day, project, type, zone and state."""
    found = {}
    for row in pollster.rows("usage_day", kind="instance"):
        key = tuple(row[name] for name in ("day", "project_id", "type", "availability_zone", "state"))
        assert key not in found
        found[key] = tuple(row[name] for name in ("seconds", "vcpu_seconds", "memory_mb_seconds", "root_gb_seconds"))
    return found


def expected_usage(pollster: Pollster, last: date) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The same, counted day by day."""
    totals: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 4)
    for row in pollster.rows("instance_period", known_to=None, in_use=True):
        day = row["valid_from"].date()
        while day <= last and (row["valid_to"] is None or datetime(day.year, day.month, day.day) < row["valid_to"]):
            begin = max(datetime(day.year, day.month, day.day), row["valid_from"])
            end = min(datetime(day.year, day.month, day.day) + DAY, row["valid_to"] or datetime(9999, 1, 1))
            seconds = int((end - begin).total_seconds())
            key = (day, row["project_id"], row["flavour_name"], row["availability_zone"] or "", row["state"])
            for place, factor in enumerate((1, row["vcpus"], row["memory"], row["root"])):
                totals[key][place] += factor * seconds
            day += DAY
    return {key: tuple(amounts) for key, amounts in totals.items() if amounts[0]}


def historical(pollster: Pollster) -> dict[date, tuple[int, int, int]]:
    rows = pollster.rows("historical_usage")
    return {row["day"]: (row["vcpus"], row["memory"], row["local_storage"]) for row in rows}


def expected_historical(pollster: Pollster, last: date) -> dict[date, tuple[int, int, int]]:
    """The established loop over instances and days."""
    instances = [row for row in pollster.rows("instance") if row["created"] is not None]
    totals: dict[date, tuple[int, int, int]] = {}
    day = min(row["created"] for row in instances).date()
    while day <= last:
        there = [
            row for row in instances
            if row["created"].date() <= day and (row["deleted"] is None or row["deleted"].date() > day)
        ]  # fmt: skip
        totals[day] = (
            sum(row["vcpus"] for row in there),
            sum(row["memory"] for row in there),
            sum(row["root"] + row["ephemeral"] for row in there),
        )
        day += DAY
    return totals


def used_to(pollster: Pollster) -> date:
    found: date = pollster.one("derivation", resource="instance")["used_to"]
    return found


def agree(pollster: Pollster) -> None:
    """Whatever is believed adds up."""
    last = used_to(pollster)
    assert usage(pollster) == expected_usage(pollster, last)
    assert historical(pollster) == expected_historical(pollster, last)
    counted = {row["table_name"]: row["row_count"] for row in pollster.rows("metadata")}
    for table in ("instance_period", "usage_day", "historical_usage"):
        assert counted[table] == len(pollster.rows(table)), table
    assert pollster.rows("period_due") == pollster.rows("usage_due") == []


def forget(pollster: Pollster) -> None:
    """As if nothing had ever been derived."""
    with writing(pollster.engine) as connection:
        for name in ("instance_period", "usage_day", "historical_usage", "derivation", "metadata"):
            connection.execute(delete(whole_metadata().tables[name]))


def test_a_stop_that_is_seen_later_supersedes_what_was_believed(life: Life, sync: Sync) -> None:
    key = life.instance(launched_at=at("03-01 12:01"))
    act(life, key, "create", at("03-01 12:00"), at("03-01 12:01"))
    assert brief(sync(at("03-20 00:00")), key)[-1] == (at("03-01 12:01"), None, "active")

    act(life, key, "stop", at("04-01 10:00"), at("04-01 10:01"))
    life.save(key, at("04-01 10:01"), vm_state="stopped")
    pollster = sync(at("04-02 00:00"))

    assert brief(pollster, key) == [
        (at("03-01 12:00"), at("03-01 12:01"), "building"),
        (at("03-01 12:01"), at("04-01 10:01"), "active"),
        (at("04-01 10:01"), None, "stopped"),
    ]
    (old,) = [row for row in pollster.rows("instance_period", id=key) if row["known_to"] is not None]
    assert (old["valid_from"], old["valid_to"]) == (at("03-01 12:01"), None)
    assert old["known_from"] < old["known_to"]
    agree(pollster)


def test_what_was_known_at_an_instant_stays_as_it_was(life: Life, sync: Sync) -> None:
    key = life.instance(launched_at=at("03-01 12:01"))
    pollster = sync(at("03-20 00:00"))
    known = max(row["known_from"] for row in pollster.rows("instance_period"))
    before = [row for row in pollster.rows("instance_period") if row["known_to"] is None]

    life.delete(key, at("04-01 10:00"))
    sync(at("04-02 00:00"))

    after = [
        {**row, "known_to": None}
        for row in pollster.rows("instance_period")
        if row["known_from"] <= known and (row["known_to"] is None or row["known_to"] > known)
    ]
    assert after == before
    assert len(pollster.rows("instance_period")) > len(before)


def test_an_instance_that_vanishes_is_derived_anew(life: Life, sync: Sync) -> None:
    key = life.instance(launched_at=at("03-01 12:01"))
    life.instance()
    sync(at("03-20 00:00"))

    life.vanish(key)
    pollster = sync(at("03-20 00:10"))

    last = max(pollster.rows("instance_period", id=key, known_to=None), key=lambda row: row["valid_from"])
    assert (last["valid_to_earliest"], last["valid_to"]) == (at("03-20 00:00"), at("03-20 00:10"))
    assert last["valid_to_origin"] == "estimate"
    agree(pollster)


def test_a_cycle_without_changes_derives_nothing(life: Life, pollster: Pollster, sync: Sync) -> None:
    life.instance(launched_at=at("03-01 12:01"))
    before = sync(at("03-20 00:00")).rows("instance_period")

    (result,) = [each for each in pollster.sync(*FACTS) if each.table == "instance_period"]

    assert (result.rows_read, result.plan.new, result.plan.changed) == (0, 0, 0)
    assert pollster.rows("instance_period") == before


def test_days_that_are_over_are_added_up_as_they_end(life: Life, sync: Sync) -> None:
    life.instance(launched_at=at("03-01 12:01"))
    pollster = sync(at("03-01 23:59:59"))
    assert usage(pollster) == historical(pollster) == {}

    sync(at("03-02 00:00"))

    assert set(historical(pollster)) == {date(2026, 3, 1)}
    assert [key[0] for key in usage(pollster)] == [date(2026, 3, 1)]
    agree(pollster)
    sync(at("03-12 07:00"))
    assert max(historical(pollster)) == date(2026, 3, 11)
    agree(pollster)


def test_a_source_that_stays_away_keeps_days_open(life: Life, pollster: Pollster, sync: Sync) -> None:
    life.instance(launched_at=at("03-01 12:01"))
    sync(at("03-10 00:00"))

    pollster.use_url("cell0", "mysql://nobody@127.0.0.1:1/nova_cell0")
    with pytest.raises(AssertionError, match="cell0"):
        sync(at("03-14 00:00"))

    assert max(historical(pollster)) == date(2026, 3, 9)


def test_however_facts_come_the_same_is_believed(life: Life, sync: Sync) -> None:
    """Random lives, followed in many cycles, end as if they had been read at once."""
    rng = random.Random(20261120)
    now, states = at("03-02 00:00"), dict[str, str]()
    for step in range(24):
        now += timedelta(seconds=rng.randrange(3600, 8 * 86_400))
        for _ in range(rng.randrange(1, 4)):
            if len(states) < 6 or rng.random() < 0.2:
                key = life.instance(created=now, launched_at=now + timedelta(seconds=20))
                act(life, key, "create", now, now + timedelta(seconds=25))
                states[key] = "active"
                now += timedelta(seconds=40)
                continue
            key = rng.choice(sorted(states))
            done = now + timedelta(seconds=rng.randrange(1, 90))
            if rng.random() < 0.2:
                act(life, key, "delete", now, done + timedelta(seconds=2))
                life.delete(key, done)
                del states[key]
            else:
                name, state = rng.choice([("stop", "stopped"), ("start", "active"), ("pause", "paused")])
                act(life, key, name, now, done)
                life.save(key, done, vm_state=state)
                states[key] = state
            now = done + timedelta(seconds=5)
        if step % 3 == 0:
            sync(now)
    pollster = sync(now)
    agree(pollster)
    followed = current(pollster)

    forget(pollster)
    sync(now)

    assert current(pollster) == followed
    agree(pollster)
    before = pollster.rows("instance_period")
    sync(now, full=True)
    assert pollster.rows("instance_period") == before
    agree(pollster)


def test_a_wrong_date_makes_no_centuries(life: Life, sync: Sync) -> None:
    """Days are added up since OpenStack has been there; the period says what the row says."""
    key = life.instance(created=datetime(1000, 1, 1), launched_at=datetime(1000, 1, 1))

    pollster = sync(at("03-20 00:00"))

    assert min(historical(pollster)) == min(row[0] for row in usage(pollster)) == date(2010, 1, 1)
    assert brief(pollster, key)[0][0] == datetime(1000, 1, 1)
