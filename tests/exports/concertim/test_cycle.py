"""Cycles against the stand-in: what the contract wants of the client."""

from __future__ import annotations

from typing import Any

import pytest

from reporting_pollster.domain.concertim.plan import Rules, plan
from reporting_pollster.domain.concertim.wanted import Flavour, Project, wanted
from reporting_pollster.errors import LeaseLost
from reporting_pollster.exports.concertim.apply import apply
from reporting_pollster.exports.concertim.client import Client
from reporting_pollster.exports.concertim.reading import read
from tests.concertim import Concertim
from tests.concertim.installation import Profile
from tests.domain.concertim.made import cloud, instance, network, stack, volume
from tests.exports.concertim.cycles import Exporter, client_of

ALL = (instance("i1"), instance("i2", stack_id="s1"), volume("v1"), network("n1"), stack("s1"))


@pytest.fixture
def exporter(client: Client) -> Exporter:
    """Return what runs cycles."""
    return Exporter(client)


def shown(concertim: Concertim) -> dict[str, tuple[str, str, str]]:
    """Return rack, name and status of each device by its OpenStack id; fails when one is there twice."""
    there = concertim.installation
    found = {}
    for key, devices in there.by_openstack_id().items():
        (device,) = devices
        found[key] = (there.racks[device.rack_id].name, device.name, device.status)
    return found


def test_a_cloud_is_shown_and_then_nothing_is_sent(concertim: Concertim, exporter: Exporter) -> None:  # 8
    first = exporter.cycle(cloud(*ALL))
    concertim.journal.clear()
    second = exporter.cycle(cloud(*ALL))

    assert (first.failed, second.done, concertim.journal.writes()) == ([], [], [])
    assert shown(concertim) == {
        "i1": ("physics", "web", "ACTIVE"),
        "i2": ("app", "web", "ACTIVE"),
        "n1": ("physics", "net", "ACTIVE"),
        "v1": ("physics", "data", "AVAILABLE"),
    }


@pytest.mark.parametrize("profile", ["P2", "P3"])
def test_older_versions_come_to_the_same(profile: Profile) -> None:  # 36
    with Concertim(profile) as concertim:
        concertim.installation.owner("physics", "p1")
        exporter = Exporter(client_of(concertim))

        first = exporter.cycle(cloud(*ALL))
        concertim.journal.clear()
        exporter.cycle(cloud(*ALL))

        assert (first.failed, concertim.journal.writes()) == ([], [])
        instances = {"i1": ("physics", "web", "ACTIVE"), "i2": ("app", "web", "ACTIVE")}
        others = {"n1": ("physics", "net", "ACTIVE"), "v1": ("physics", "data", "ACTIVE")}
        assert shown(concertim) == (instances if profile == "P2" else instances | others)


def test_a_change_is_one_request(concertim: Concertim, exporter: Exporter) -> None:
    exporter.cycle(cloud(*ALL))
    concertim.journal.clear()

    exporter.cycle(cloud(*ALL[1:], instance("i1", vm_state="stopped")))

    (call,) = concertim.journal.writes()
    assert (call.method, call.body) == ("PATCH", {"device": {"status": "STOPPED"}})


def test_details_change_too(concertim: Concertim, exporter: Exporter) -> None:
    exporter.cycle(cloud(*ALL))

    exporter.cycle(cloud(*ALL[1:], instance("i1", key_name="new")))

    assert concertim.installation.by_openstack_id()["i1"][0].details["ssh_key"] == "new"


@pytest.mark.parametrize("kind", ["lost", "late", "double"])
def test_what_was_made_without_an_answer_is_taken_over(
    concertim: Concertim, exporter: Exporter, kind: Any
) -> None:  # 25
    for route in ("templates", "racks", "nodes"):
        concertim.faults.add(kind, f"POST .*/{route}", times=2)

    outcome = exporter.cycle(cloud(*ALL))

    assert outcome.failed == []
    assert outcome.adopted == 5
    assert len(shown(concertim)) == 4
    assert (len(concertim.installation.racks), len(concertim.installation.templates)) == (2, 3)
    assert not [call for call in concertim.journal.writes() if call.status >= 500 and kind == "lost"]


def test_what_never_arrived_is_sent_again(concertim: Concertim, exporter: Exporter) -> None:
    for kind in ("drop", "status", "reset"):
        concertim.faults.add(kind, "POST .*")

    outcome = exporter.cycle(cloud(*ALL))

    assert (outcome.failed, outcome.adopted, len(shown(concertim))) == ([], 0, 4)


def test_a_token_that_ends_in_the_middle_is_not_noticed(concertim: Concertim, exporter: Exporter) -> None:  # 3
    concertim.faults.add("expire", "POST .*/nodes", skip=1)

    assert exporter.cycle(cloud(*ALL)).failed == []
    assert len(concertim.journal.logins()) == 2
    assert len(shown(concertim)) == 4


def test_a_login_that_fails_in_the_middle_stops_the_cycle(concertim: Concertim, exporter: Exporter) -> None:  # 5
    concertim.faults.add("expire", "POST .*/racks")
    rows = cloud(*ALL, *(instance(f"x{n}", f"x{n}") for n in range(20)))
    admin = next(iter(concertim.installation.users.values()))
    concertim.routes.tokens.life_seconds = 3600
    exporter.cycle(cloud())
    admin.password = "changed"

    outcome = exporter.cycle(rows)

    assert outcome.stopped is not None
    assert "login" in str(outcome.stopped)
    assert len(concertim.journal.logins()) == 2
    assert len(concertim.journal.writes()) < 10


def test_what_somebody_made_by_hand_stays_as_it_is(concertim: Concertim, exporter: Exporter) -> None:  # 26
    there = concertim.installation
    team = next(iter(there.teams.values()))
    rack = there.rack(team, "physics", 4)
    there.device(rack, there.template("console", 3), "web", 1)
    before = there.snapshot()

    for rows in (cloud(*ALL), cloud(*ALL[1:]), cloud(*ALL[1:]), cloud(), cloud()):
        assert exporter.cycle(rows).failed == []

    after = there.snapshot()
    for kind in ("racks", "devices"):
        assert before[kind].items() <= after[kind].items()
    assert not any("recurse" in call.path for call in concertim.journal)


def test_a_hand_made_device_in_our_rack_keeps_it(concertim: Concertim, exporter: Exporter) -> None:  # 24
    there = concertim.installation
    exporter.cycle(cloud(*ALL))
    rack = next(each for each in there.racks.values() if each.name == "app")
    own = there.device(rack, there.template("console", 1), "console", 10)
    ended = {"Stack": frozenset({"s1"}), "Instance": frozenset({"i2"})}

    outcome = exporter.cycle(cloud(ALL[0], ALL[2], ALL[3], ended=ended))

    assert outcome.failed == []
    assert (rack.id in there.racks, own.id in there.devices, "i2" in shown(concertim)) == (True, True, False)


def test_a_cloud_that_seems_empty_loses_nothing(concertim: Concertim, exporter: Exporter) -> None:  # 27
    rows = cloud(*(instance(f"i{n}", f"w{n}") for n in range(15)))
    exporter.cycle(rows)

    for _ in range(3):
        exporter.cycle(cloud())

    assert len(shown(concertim)) == 15
    assert exporter.plan is not None
    assert exporter.plan.refusals == ("Instance: all 15 active rows would end",)


def test_a_full_rack_grows_once_and_overflows(concertim: Concertim, exporter: Exporter) -> None:  # 28
    exporter.cycle(cloud(*(instance(f"i{n}", f"w{n}") for n in range(42))))
    concertim.journal.clear()

    outcome = exporter.cycle(cloud(*(instance(f"i{n}", f"w{n}") for n in range(100))))

    there = concertim.installation
    assert outcome.failed == []
    assert sorted((rack.name, rack.u_height) for rack in there.racks.values()) == [("physics", 72), ("physics-2", 42)]
    assert len(shown(concertim)) == 100
    assert [call.body for call in concertim.journal.of("PATCH", "/api/v1/racks")] == [{"rack": {"u_height": 72}}]


def test_strange_names_and_sizes_are_accepted(concertim: Concertim, exporter: Exporter) -> None:  # 13, 19
    flavours = (Flavour("f1", "volume", 1, 1024, 0, "x" * 300), Flavour("f2", "volume", 16, 1024, 0))
    texts = ("a_b", "a b", "計算機", "x" * 255, "", "a.b", "a_b")
    rows = [instance(f"{n}0000000-0", text, flavour_uuid=f"f{n % 2 + 1}") for n, text in enumerate(texts)]

    outcome = exporter.cycle(cloud(*rows, stack("s1", "my stack.1"), flavours=flavours))
    concertim.journal.clear()
    exporter.cycle(cloud(*reversed(rows), stack("s1", "my stack.1"), flavours=flavours))

    assert (outcome.failed, concertim.journal.writes(), len(shown(concertim))) == ([], [], 7)


def test_an_object_that_is_refused_stops_no_other(concertim: Concertim, exporter: Exporter) -> None:  # 18
    concertim.faults.add("status", "POST .*/nodes", status=500)

    first = exporter.cycle(cloud(*ALL))
    tried = len(concertim.journal.of("POST", "/api/v1/nodes"))
    second = exporter.cycle(cloud(*ALL))

    assert (len(first.failed), tried, second.failed, len(shown(concertim))) == (1, 4, [], 4)


def test_a_rack_that_cannot_be_made_keeps_back_its_devices(concertim: Concertim, exporter: Exporter) -> None:
    concertim.faults.add("status", "POST .*/racks", status=500)  # of one of two

    outcome = exporter.cycle(cloud(*ALL))

    assert sorted(str(one.error).partition(" (")[0] for one in outcome.failed)[-1:] == [
        "the rack of a device could not be made"
    ]
    assert exporter.cycle(cloud(*ALL)).failed == []
    assert len(shown(concertim)) == 4


def test_a_change_that_is_refused_is_tried_in_the_next_cycle(concertim: Concertim, exporter: Exporter) -> None:  # 22
    exporter.cycle(cloud(*ALL))
    concertim.faults.add("status", "PATCH .*", status=422)
    rows = cloud(*ALL[1:], instance("i1", "db"))

    assert len(exporter.cycle(rows).failed) == 1
    assert exporter.cycle(rows).failed == []
    assert shown(concertim)["i1"] == ("physics", "db", "ACTIVE")


def test_an_outage_ends_the_cycle_early_and_the_next_one_completes_it(
    concertim: Concertim, exporter: Exporter
) -> None:  # 35
    rows = cloud(*(instance(f"i{n}", f"w{n}") for n in range(40)))
    concertim.faults.add("status", "POST .*/nodes", times=1000, skip=10)

    outcome = exporter.cycle(rows)
    requests = len(concertim.journal.writes())
    concertim.faults.heal()
    again = exporter.cycle(rows)

    assert outcome.stopped is not None
    assert requests < 60  # of 200, had all been tried five times
    assert (again.failed, len(shown(concertim))) == ([], 40)


def test_metadata_of_others_and_billing_orders_stay(concertim: Concertim, exporter: Exporter) -> None:  # 21
    there = concertim.installation
    team = next(iter(there.teams.values()))
    old = there.rack(team, "app", order_id="bundle-7", metadata={"openstack_stack_id": "s1", "note": 1})
    small = there.template("m1.small", 2, foreign_id="f1")
    there.device(old, small, "web", 3, metadata={"openstack_instance_id": "i2", "net_interfaces": ["x"]})

    outcome = exporter.cycle(cloud(*ALL))

    (device,) = there.by_openstack_id()["i2"]
    assert outcome.failed == []
    assert (old.order_id, old.metadata["note"], device.metadata["net_interfaces"]) == ("bundle-7", 1, ["x"])
    assert (device.start_u, small.height, small.name) == (3, 2, "small")
    assert shown(concertim)["i2"][0] == "app"


def test_an_empty_team_gets_its_project_by_its_name(concertim: Concertim, client: Client) -> None:  # 30
    there = concertim.installation
    lost = there.owner("maths")
    exporter = Exporter(client, Rules(team_project="CM_{name}"))
    rows = cloud(instance("m1", project_id="p2"), projects=(Project("p2", "CM_maths"),))

    exporter.cycle(rows)
    outcome = exporter.cycle(rows)

    assert (lost.project_id, outcome.failed, list(shown(concertim))) == ("p2", [], ["m1"])


def test_nothing_more_is_done_when_another_process_took_over(concertim: Concertim, client: Client) -> None:
    present = read(client)
    made = plan(wanted(cloud(*ALL)), present)
    stages = iter(("templates", "racks"))

    def is_ours() -> None:
        if next(stages, None) is None:
            raise LeaseLost("another process took over")

    with pytest.raises(LeaseLost):
        apply(client, present, made.steps, before_stage=is_ours)

    assert (len(concertim.installation.racks), len(concertim.installation.devices)) == (2, 0)
