"""Whatever a cloud and Concertim look like, and whatever gets lost: after three cycles they agree, then all is quiet.

`make test` does a sample, `make concertim-test` a thousand.
"""

from __future__ import annotations

import random

import pytest

from reporting_pollster.domain.concertim.plan import Rules
from reporting_pollster.domain.concertim.wanted import Cloud, Flavour, Project, wanted
from reporting_pollster.domain.guard import Limits
from tests.concertim import Concertim
from tests.concertim.installation import Installation
from tests.domain.concertim.made import cloud, instance, network, stack, volume
from tests.exports.concertim.cycles import Exporter, client_of

PROJECTS = ("p1", "p2")
STATES = ("active", "stopped", "paused", "error", "building", "deleted")


def random_cloud(chance: random.Random) -> Cloud:
    """Return a small cloud, of which a part has ended or is simply missing."""

    def some(kind: str, most: int) -> list[str]:
        return [f"{kind}{n}" for n in range(most) if chance.random() < 0.6]

    stacks = [stack(key, chance.choice(("app", "db x")), project_id=chance.choice(PROJECTS)) for key in some("s", 3)]
    home = {one.id: one.project_id for one in stacks}

    def where() -> dict[str, str | None]:
        stack_id = chance.choice([None, *home])
        return {"stack_id": stack_id, "project_id": home[stack_id] if stack_id else chance.choice(PROJECTS)}

    rows = [
        *stacks,
        instance("i99", "always"),  # for where all would go, nothing does
        *(
            instance(
                key, chance.choice(("web", "a_b")), vm_state=chance.choice(STATES), flavour_uuid=flavour, **where()
            )
            for key in some("i", 12)
            for flavour in (chance.choice(("f1", "f2")),)
        ),
        *(volume(key, status=chance.choice(("available", "in-use")), **where()) for key in some("v", 5)),
        *(network(key, **where()) for key in some("n", 3)),
    ]
    ended = {
        kind: frozenset(key for key in (f"{letter}{n}" for n in range(12)) if chance.random() < 0.5)
        for kind, letter in (("Instance", "i"), ("Volume", "v"), ("Network", "n"), ("Stack", "s"))
    }
    flavours = (Flavour("f1", "small", 1, 1024, 10), Flavour("f2", "large", 8, 8192, 0))
    return cloud(*rows, projects=(Project("p1", "physics"), Project("p2", "maths")), flavours=flavours, ended=ended)


def random_leftovers(there: Installation, chance: random.Random) -> set[str]:
    """Put racks and devices of earlier times and other hands there; return the ids of what is made by hand."""
    teams = list(there.teams.values())
    old = there.template("old", 2, foreign_id=chance.choice(("f1", "f7")))
    by_hand = set()
    for number in range(chance.randrange(4)):
        key = chance.choice(("s0", "s1", "s9", None))
        metadata = {"openstack_stack_id": key} if key else {}
        rack = there.rack(chance.choice(teams), f"app-{number}", chance.randrange(8, 30), metadata=metadata)
        by_hand |= set() if key else {rack.id}
        for start in range(1, chance.randrange(1, 8), 2):
            ident = chance.choice((None, f"i{chance.randrange(14)}"))
            device = there.device(
                rack, old, f"d{start}", start, metadata={"openstack_instance_id": ident} if ident else {}
            )
            by_hand |= set() if ident else {device.id}
    return by_hand


def disagreements(concertim: Concertim, rows: Cloud) -> list[str]:
    """Return what is not shown, shown though it should not be, or shown twice or otherwise."""
    there, view = concertim.installation, wanted(rows)
    found = there.by_openstack_id()
    problems = [f"{key} twice" for key, devices in found.items() if len(devices) > 1]
    problems += [f"{key} missing" for key in view.devices.keys() - found.keys()]
    problems += [f"{key} too much" for key in found.keys() - view.devices.keys()]
    for key, one in view.devices.items():
        for device in found.get(key, []):
            rack = there.racks[device.rack_id]
            place = rack.metadata.get("openstack_stack_id") or rack.metadata.get("openstack_project_id")
            if (device.status, device.description) != (one.status, one.description):
                problems.append(f"{key} is {device}")
            stack_there = view.racks.get(str(place))
            stays = one.rack == one.project_id and stack_there and stack_there.project_id == one.project_id
            if place != one.rack and not stays:
                problems.append(f"{key} is in {rack}")
    made = {rack.order_id for rack in there.racks.values() if not rack.order_id.startswith("order-")}
    taken_over = {rack.metadata.get("openstack_stack_id") for rack in there.racks.values() if rack.order_id not in made}
    return problems + [f"another rack for {key}" for key in made & taken_over]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test as many seeds as are asked for."""
    metafunc.parametrize("seed", range(metafunc.config.getoption("--concertims")))


def test_both_sides_agree_after_three_cycles_and_nothing_is_sent_any_more(seed: int) -> None:
    chance = random.Random(seed)
    rows = random_cloud(chance)
    with Concertim() as concertim:
        there = concertim.installation
        there.owner("physics", "p1")
        there.owner("maths", "p2")
        by_hand = random_leftovers(there, chance)
        before = there.snapshot()
        exporter = Exporter(client_of(concertim, tries=7), Rules(rack_height=12, limits=Limits(1.0, 1000)))

        concertim.faults.at_random(0.3, seed)
        for _ in range(3):
            exporter.cycle(rows)
        concertim.faults.heal()
        concertim.journal.clear()
        problems = disagreements(concertim, rows)
        last = exporter.cycle(rows)

        assert problems == []
        assert (last.failed, concertim.journal.writes()) == ([], [])
        after = there.snapshot()
        for kind in ("racks", "devices"):
            assert all(after[kind][key] == value for key, value in before[kind].items() if key in by_hand)
