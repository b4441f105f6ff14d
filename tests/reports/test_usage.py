"""Usage: both ways to count it agree with a count of the test's own, to the second, whatever is asked."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reports.warehouse import Warehouse, at

BEGIN, READ_AT, ADDED_UP_TO = at("10-30 00:00"), at("11-05 13:07:11"), date(2024, 11, 4)
FLAVOURS = {"small": (1, 2048, 10, 0), "large": (8, 32768, 10, 300)}
AMOUNTS = ("instance_seconds", "vcpu_seconds", "memory_mb_seconds", "root_gb_seconds", "ephemeral_gb_seconds")
COLUMNS = ("vcpus", "memory", "root", "ephemeral")

Amounts = tuple[int, ...]


@dataclass(frozen=True)
class Time:
    """An independent view of a period: what it took in a span."""

    row: dict[str, Any]

    def amounts(self, begin: datetime, end: datetime, until: datetime = READ_AT) -> Amounts:
        if not self.row["in_use"] or self.row["known_to"] is not None:
            return (0,) * len(AMOUNTS)
        last = min(end, self.row["valid_to"] or until)
        seconds = max(timedelta(), last - max(begin, self.row["valid_from"])) // timedelta(seconds=1)
        return (seconds, *(seconds * FLAVOURS[self.row["flavour_name"]][place] for place in range(4)))


def periods(seed: int = 7) -> list[Time]:
    """The periods of some instances that come, change and go, and some that were believed once."""
    chance = random.Random(seed)
    found = []
    for number in range(25):
        start = BEGIN + timedelta(seconds=chance.randrange(5 * 86_400))
        fixed = {"id": f"i{number}", "created_by": chance.choice(["ada", "bob", None])}
        for _ in range(chance.randrange(1, 6)):
            stop = start + timedelta(seconds=chance.choice([1, 3600, 86_400, 200_000]))
            flavour = chance.choice([*FLAVOURS])
            row = {
                **fixed,
                "project_id": chance.choice(["p1", "p2", None]),
                "flavour_name": flavour,
                **dict(zip(COLUMNS, FLAVOURS[flavour], strict=True)),
                "availability_zone": chance.choice(["north", "south", None]),
                "state": chance.choice(["active", "stopped"]),
                "in_use": chance.random() < 0.9,
                "valid_from": start,
                "valid_to": None if stop > READ_AT else stop,
                "known_to": at("11-01 00:00") if chance.random() < 0.1 else None,
            }
            found.append(Time(row))
            if stop > READ_AT:
                break
            start = stop
    return found


PERIODS = periods()


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with those periods, and their use added up by day."""
    warehouse.put("instance_period", *(period.row for period in PERIODS))
    warehouse.put("usage_day", *_days())
    warehouse.put("domain", {"id": "d", "name": "Kitchen", "enabled": True})
    untold = {"enabled": True, "personal": False, "has_instances": False}
    warehouse.put("project", {"id": "p1", "display_name": "tea", "domain_id": "d", **untold})
    warehouse.read_until(READ_AT)
    warehouse.added_up_to(ADDED_UP_TO)
    return warehouse


def _days() -> Iterator[dict[str, Any]]:
    day = BEGIN
    while day.date() <= ADDED_UP_TO:
        following = day + timedelta(days=1)
        keys = ("project_id", "type", "availability_zone", "state")
        for key, amounts in counted(day, following, lambda row: (*_names(row)[:3], row["state"])).items():
            known = dict(zip(keys, key, strict=True))
            yield {
                "day": day.date(),
                "kind": "instance",
                **known,
                **dict(zip(("seconds", *AMOUNTS[1:]), amounts, strict=True)),
            }
        day = following


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    """What an amount may be told apart by."""
    told = (row["project_id"], row["flavour_name"], row["availability_zone"], row["created_by"])
    return tuple(name or "" for name in told)


def counted(begin: datetime, end: datetime, key: Callable[[dict[str, Any]], Any]) -> dict[Any, Amounts]:
    """The amounts of a span by some key, without those that are nothing."""
    found: dict[Any, Amounts] = defaultdict(lambda: (0,) * len(AMOUNTS))
    for period in PERIODS:
        amounts = period.amounts(begin, end)
        name = key(period.row)
        found[name] = tuple(have + more for have, more in zip(found[name], amounts, strict=True))
    return {name: amounts for name, amounts in found.items() if any(amounts)}


KEYS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "project": ("project_id", lambda row: _names(row)[0]),
    "domain": ("domain_id", lambda row: "d" if row["project_id"] == "p1" else ""),
    "user": ("user_id", lambda row: _names(row)[3]),
    "flavour": ("flavour", lambda row: _names(row)[1]),
    "zone": ("zone", lambda row: _names(row)[2]),
    "state": ("state", lambda row: row["state"]),
}
instants = st.integers(-86_400, 8 * 86_400).map(lambda seconds: BEGIN + timedelta(seconds=seconds))
midnights = st.integers(-1, 8).map(lambda days: BEGIN + timedelta(days=days))
spans = st.tuples(instants | midnights, instants | midnights).map(sorted).filter(lambda span: span[0] < span[1])


def answered(rows: list[dict[str, Any]], column: str) -> dict[Any, Amounts]:
    return {row[column]: tuple(row[name] for name in AMOUNTS) for row in rows if any(row[name] for name in AMOUNTS)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(span=spans, by=st.sampled_from(sorted(KEYS)))
def test_every_span_is_exact_by_every_key_and_both_ways_agree(
    filled: Warehouse, span: tuple[datetime, datetime], by: str
) -> None:
    begin, end = span
    column, key = KEYS[by]
    asked = {"from_": begin.isoformat(), "to": end.isoformat(), "by": by}

    from_days = answered(filled.ask("usage", **asked), column)
    from_periods = answered(filled.ask("usage", **asked, as_known_at=READ_AT.isoformat()), column)

    assert from_days == counted(begin, end, key)
    assert from_periods == from_days


def test_pieces_of_time_add_up(filled: Warehouse) -> None:
    begin, end = at("10-30 17:01:02"), at("11-05 20:00")

    for by, first, number in (("day", "{}", 7), ("month", "{}-01", 2)):
        for known in ({}, {"as_known_at": READ_AT.isoformat()}):
            rows = filled.ask("usage", from_=begin.isoformat(), to=end.isoformat(), by=by, **known)

            assert len(rows) == number
            assert [row[by] for row in rows] == sorted({row[by] for row in rows})
            starts = [datetime.fromisoformat(first.format(row[by])) for row in rows]
            for row, start, stop in zip(rows, starts, [*starts[1:], end], strict=True):
                expected = counted(max(start, begin), stop, lambda row: "")
                assert tuple(row[name] for name in AMOUNTS) == expected[""]


def test_a_project_sees_its_own(filled: Warehouse) -> None:
    asked = {"from_": "2024-10-30", "to": "2024-11-03T01:02:03"}
    everything = answered(filled.ask("usage", **asked), "project_id")

    for name in ("p1", "tea"):
        (row,) = filled.ask("usage", **asked, project=name)
        assert (row["project_id"], row["project"], row["domain"]) == ("p1", "tea", "Kitchen")
        assert tuple(row[amount] for amount in AMOUNTS) == everything["p1"]


def test_instances_with_their_periods_have_the_same_hours(filled: Warehouse) -> None:
    begin, end = at("11-01 10:00"), at("11-05 20:00")

    rows = filled.ask("instances", from_=begin.isoformat(), to=end.isoformat())

    overlapping = [
        period.row
        for period in PERIODS
        if period.row["known_to"] is None
        and period.row["valid_from"] < min(end, READ_AT if not period.row["valid_to"] else end)
        and (period.row["valid_to"] or READ_AT) > begin
    ]
    assert len(rows) == len(overlapping)
    assert sum(row["seconds"] for row in rows) == counted(begin, end, lambda row: "")[""][0]
    assert [(row["id"], row["valid_from"]) for row in rows] == sorted(
        (row["id"], row["valid_from"]) for row in overlapping
    )


def test_the_largest_come_first(filled: Warehouse) -> None:
    asked = {"from_": "2024-10-30", "to": "2024-11-05"}

    rows = filled.ask("top-consumers", **asked, by="memory", limit=2)

    expected = sorted(counted(BEGIN, at("11-05 00:00"), KEYS["project"][1]).items(), key=lambda each: -each[1][2])
    assert [(row["project_id"], row["memory_mb_seconds"]) for row in rows] == [
        (name, amounts[2]) for name, amounts in expected[:2]
    ]


def test_growth_is_the_difference_to_the_span_before(filled: Warehouse) -> None:
    begin, end = at("11-02 12:00"), at("11-05 00:00")
    before = begin - (end - begin)

    rows = filled.ask("growth", from_=begin.isoformat(), to=end.isoformat(), by="flavour")

    key = KEYS["flavour"][1]
    now, then = counted(begin, end, key), counted(before, begin, key)
    assert {row["flavour"] for row in rows} == now.keys() | then.keys()
    for row in rows:
        had, has = then[row["flavour"]][1], now[row["flavour"]][1]
        assert (row["vcpu_seconds_before"], row["vcpu_seconds"]) == (had, has)
        assert row["vcpu_seconds_change"] == has - had
        assert row["vcpu_seconds_change_percent"] == has * 100 // had - 100
