"""A warehouse with use that has prices, and a count of the test's own of what it costs."""

from __future__ import annotations

import random
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from reporting_pollster.domain.price_list import price_list
from reporting_pollster.domain.rates import PriceList
from tests.reports.warehouse import Warehouse, at

BEGIN, END, READ_AT = at("09-20 00:00"), at("11-10 00:00"), at("11-10 13:07:11")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
FLAVOURS = {"small": (1, 2048, 10, 0), "large": (8, 32768, 10, 300)}
STATES = ("active", "stopped", "shelved_offloaded")
PROJECTS = {"p1": ("tea", "d1"), "p2": ("coffee", "d2"), "P1": ("milk", "d1")}  # ids differ in case

LIST = """
name = "Test prices"
currency = "AUD"
provider = "Kitchen Cloud"
[[price]]
resource = "vcpu"
price = 0.0123
from = 2024-01-01
[[price]]
resource = "vcpu"
price = 0.0137
from = 2024-10-16
[[price]]
resource = "memory"
price = 0.0041
from = 2024-01-01
[[price]]
resource = "instance"
type = "large"
zone = "north"
price = 0.77
from = 2024-01-01
[[price]]
resource = "volume"
price = 0.00013
from = 2024-01-01
[[price]]
resource = "volume"
type = "ssd"
price = 0.00031
from = 2024-01-01
[[price]]
resource = "floating_ip"
price = 0.0052
from = 2024-01-01
[states.instance]
stopped = 0.5
shelved_offloaded = 0
[discounts.project]
tea = 12.5
[discounts.domain]
d2 = 50
"""


def rates(text: str = LIST) -> PriceList:
    return price_list(tomllib.loads(text, parse_float=Decimal), "test.toml")


class Used(NamedTuple):
    """A period and what it is of."""

    kind: str
    row: dict[str, Any]

    @property
    def type(self) -> str:
        return (self.row.get("flavour_name") if self.kind == "instance" else self.row.get("volume_type")) or ""

    def seconds(self, begin: datetime, end: datetime) -> int:
        last = min(end, self.row["valid_to"] or READ_AT)
        return max(timedelta(), last - max(begin, self.row["valid_from"])) // SECOND

    def units(self) -> dict[str, tuple[int, int]]:
        """What a second of it takes of each resource that the list knows, and how much of that is a unit-hour."""
        match self.kind:
            case "instance":
                vcpus, memory, _root, _ephemeral = FLAVOURS[self.row["flavour_name"]]
                return {"instance": (1, 3600), "vcpu": (vcpus, 3600), "memory": (memory, 3600 * 1024)}
            case "volume":
                return {"volume": (self.row["size"], 3600)}
        return {"floating_ip": (1, 3600)}


def _periods(seed: int = 11) -> list[Used]:
    chance = random.Random(seed)
    found = []
    for number in range(24):
        kind = ("instance", "instance", "volume", "floating_ip")[number % 4]
        start = BEGIN + timedelta(seconds=chance.randrange(40 * 86_400))
        for _ in range(chance.randrange(1, 5)):
            stop = start + timedelta(seconds=chance.choice([1, 7, 3600, 86_400, 777_777, 2_000_000]))
            row: dict[str, Any] = {
                "id": f"{kind}-{number}",
                "project_id": chance.choice([*PROJECTS, None]),
                "valid_from": start,
                "valid_to": None if stop > READ_AT else stop,
                "in_use": chance.random() < 0.9,
                "state": "in-use",
            }
            if kind == "instance":
                flavour = chance.choice([*FLAVOURS])
                sizes = dict(zip(("vcpus", "memory", "root", "ephemeral"), FLAVOURS[flavour], strict=True))
                row |= {"flavour_name": flavour, **sizes, "state": chance.choice(STATES)}
                row |= {"availability_zone": chance.choice(["north", "south", None])}
            if kind == "volume":
                row |= {
                    "size": chance.choice([1, 40, 500]),
                    "volume_type": chance.choice(["ssd", None]),
                    "attached": True,
                }
            if kind == "floating_ip":
                row |= {"attached": True, "address": f"203.0.113.{number}"}
            found.append(Used(kind, row))
            if stop > READ_AT:
                break
            start = stop
    return found


PERIODS = _periods()


def fill(warehouse: Warehouse) -> None:
    """Put these periods in, and who they belong to."""
    for kind in ("instance", "volume", "floating_ip"):
        warehouse.put(f"{kind}_period", *(used.row for used in PERIODS if used.kind == kind))
    untold = {"enabled": True, "personal": False, "has_instances": False}
    projects = ({"id": key, "display_name": name, "domain_id": domain} for key, (name, domain) in PROJECTS.items())
    warehouse.put("project", *projects, **untold)
    warehouse.put("domain", {"id": "d1", "name": "Kitchen"}, {"id": "d2", "name": "Hall"}, enabled=True)
    warehouse.put("volume_type", {"id": "ssd", "name": "ssd", "public": True})
    warehouse.read_until(READ_AT)


def add_up(warehouse: Warehouse, last: date) -> None:
    """Put in what each day took, and say that it is added up to this one."""
    days = [BEGIN + DAY * number for number in range((last - BEGIN.date()).days + 1)]
    took = ((day, used, used.seconds(day, day + DAY)) for day in days for used in PERIODS if used.row["in_use"])
    rows = [{"day": day.date(), "kind": used.kind, **_amounts(used, took)} for day, used, took in took if took]
    warehouse.put("usage_day", *rows)
    warehouse.added_up_to(last, "instance", "volume", "snapshot", "backup", "image", "floating_ip")


def _amounts(used: Used, seconds: int) -> dict[str, Any]:
    row = used.row
    known = {"project_id": row["project_id"] or "", "type": used.type, "state": row["state"]}
    zone = row.get("availability_zone") or ""
    sizes = {"vcpu_seconds": "vcpus", "memory_mb_seconds": "memory", "root_gb_seconds": "root"}
    sizes |= {"ephemeral_gb_seconds": "ephemeral", "size_gb_seconds": "size"}
    amounts = {column: seconds * row.get(name, 0) for column, name in sizes.items()}
    return {**known, "availability_zone": zone, "seconds": seconds, **amounts}


def bills(begin: datetime, end: datetime) -> dict[tuple[str, str], Decimal]:
    """What each project has to pay for each month, counted without any of the code under test."""
    exact: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for used in PERIODS:
        for start, stop in _pieces(begin, end):
            seconds = used.seconds(start, stop) if used.row["in_use"] else 0
            if seconds:
                project = used.row["project_id"] or ""
                discount = {"p1": Fraction(125, 1000), "p2": Fraction(1, 2)}.get(project, Fraction(0))
                exact[project, f"{start:%Y-%m}"] += seconds * _per_second(used, start) * (1 - discount)
    return {key: Decimal(round(value * 100)) / 100 for key, value in exact.items()}


def _pieces(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    marks = [begin, at("10-01 00:00"), at("10-16 00:00"), at("11-01 00:00"), end]
    inside = sorted({mark for mark in marks if begin <= mark <= end})
    yield from pairwise(inside)


def _per_second(used: Used, start: datetime) -> Fraction:
    weight = {"stopped": Fraction(1, 2), "shelved_offloaded": Fraction(0)}.get(used.row["state"], Fraction(1))
    special = used.type == "large" and used.row.get("availability_zone") == "north"
    prices = {
        "vcpu": Fraction("0.0137") if start >= at("10-16 00:00") else Fraction("0.0123"),
        "memory": Fraction("0.0041"),
        "instance": Fraction("0.77") if special else Fraction(0),
        "volume": Fraction("0.00031") if used.type == "ssd" else Fraction("0.00013"),
        "floating_ip": Fraction("0.0052"),
    }
    return sum((prices[name] * weight * factor / per for name, (factor, per) in used.units().items()), Fraction(0))
