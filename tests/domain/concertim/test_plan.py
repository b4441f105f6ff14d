"""The difference between a cloud and Concertim."""

from __future__ import annotations

from typing import Any

import pytest

from reporting_pollster.domain.concertim import wanted as cloud_view
from reporting_pollster.domain.concertim.plan import Plan, Rules, plan
from reporting_pollster.domain.concertim.present import Present, Team, Template, User
from reporting_pollster.domain.concertim.step import Step
from reporting_pollster.domain.concertim.wanted import Address, Cloud, Flavour, Project
from tests.domain.concertim.made import (
    NETWORK,
    SMALL,
    TEAM,
    VOLUME,
    cloud,
    concertim,
    device,
    instance,
    network,
    rack,
    stack,
    volume,
)


def difference(there: Cloud, shown: Present, missed: frozenset[str] = frozenset(), **rules: Any) -> Plan:
    """Return the plan."""
    return plan(cloud_view.wanted(there), shown, missed, Rules(**rules))


def short(made: Plan) -> list[str]:
    """Return the steps in words."""
    return [f"{step.verb} {step.object} {step.key}" for step in made.steps]


def only(made: Plan) -> Step:
    """Return the only step."""
    assert len(made.steps) == 1, made.steps
    return made.steps[0]


def test_an_empty_concertim_gets_all_in_a_safe_order() -> None:
    there = cloud(instance("i1"), instance("i2", stack_id="s1"), volume("v1"), network("n1"), stack("s1"))

    made = difference(there, concertim(templates=(VOLUME, NETWORK)))

    assert short(made) == [
        "create template f1",
        "create rack p1",
        "create rack s1",
        "create device i1",
        "create device i2",
        "create device n1",
        "create device v1",
    ]
    places = {step.key: (step.rack, step.values["start"]) for step in made.steps if step.object == "device"}
    assert places == {"i1": ("p1", 1), "i2": ("s1", 1), "n1": ("p1", 42), "v1": ("p1", 2)}


def test_nothing_is_done_when_all_is_as_it_should_be() -> None:  # 8
    devices = [device("d1", "i1"), device("d2", "v1", 2, kind="Volume"), device("d3", "n1", 42, kind="Network")]

    made = difference(cloud(instance("i1"), volume("v1"), network("n1")), concertim(rack(), *devices))

    assert made == Plan((), frozenset(), (), (), ())


def test_what_changed_is_sent_alone() -> None:
    row = instance("i1", "db", task_state="rebooting")

    step = only(difference(cloud(row), concertim(rack(), device("d1", "i1"))))

    assert (step.verb, step.id) == ("change", "d1")
    assert step.values == {"name": "db", "description": "db", "status": "IN_PROGRESS", "type": "Instance"}


def test_others_metadata_are_kept_and_their_order_too() -> None:  # 21
    foreign = {"openstack_stack_id": "s1", "note": "mine"}
    there = concertim(rack(key="s1", name="app", order_id="bundle-7", metadata=foreign))

    step = only(difference(cloud(stack("s1")), there))

    assert step.values == {"metadata": {**foreign, "managed_by": "reporting-pollster", "openstack_project_id": "p1"}}


def test_a_template_never_asks_for_another_height() -> None:  # 20
    there = concertim(templates=(SMALL._replace(height=3), VOLUME, NETWORK))

    assert difference(cloud(), there).steps == ()


def test_a_template_has_no_zero_and_no_name_of_another() -> None:  # 19
    flavours = (Flavour("f2", "volume", 8, 0, 0), Flavour("f3-long-id", "small", 1, 1024, 10))
    there = concertim(templates=(SMALL._replace(foreign_id=None), VOLUME, NETWORK))

    steps = difference(cloud(flavours=flavours), there).steps

    assert [step.values["name"] for step in steps] == ["volume-f2", "small-f3-long-"]
    assert (steps[0].values["ram"], steps[0].values["disk"], steps[0].values["height"]) == (None, None, 4)


def test_devices_of_the_same_name_get_different_ones_and_keep_them() -> None:  # 12, 13
    there = concertim(rack(), device("d1", "aaaaaaaa-1", name="web-aaaaaaaa", description="web"))
    rows = (instance("aaaaaaaa-1"), instance("bbbbbbbb-1"), instance("cccccccc-1"))

    made = difference(cloud(*rows), there)

    assert [step.values["name"] for step in made.steps] == ["web", "web-cccccccc"]


def test_devices_made_by_hand_are_left_alone_and_not_covered() -> None:  # 10, 26
    hand_made = [device("d1", None, 2, name="console"), rack("r9", "p9", metadata={}), device("d9", None, rack_id="r9")]

    made = difference(cloud(instance("i1", "console"), volume("v1")), concertim(rack(), *hand_made))

    assert short(made) == ["create device i1", "create device v1"]
    assert [(step.values["name"], step.values["start"]) for step in made.steps] == [("console-i1", 1), ("data", 3)]


def test_what_was_ended_goes_at_once_and_what_is_missed_the_second_time() -> None:
    there = concertim(rack(), *(device(f"d{n}", f"i{n}", n, name=f"w{n}") for n in (1, 2, 3)))
    rows = cloud(instance("i3", "w3"), ended={"Instance": frozenset({"i1"})})

    first = difference(rows, there)
    second = difference(rows, there, first.missed)

    assert [step for step in short(first) if "delete" in step] == ["delete device i1"]
    assert [step for step in short(second) if "delete" in step] == ["delete device i1", "delete device i2"]
    again = cloud(*rows.instances, instance("i2", "w2"), ended=rows.ended)
    assert difference(again, there, first.missed).missed == frozenset()


def test_an_empty_or_unbelievable_listing_deletes_nothing() -> None:  # 27
    there = concertim(rack(), *(device(f"d{n}", f"i{n}", n, name=f"w{n}") for n in range(1, 31)))
    missed = frozenset(f"Instance/d{n}" for n in range(1, 31))

    empty = difference(cloud(), there, missed)
    failing = difference(cloud(complete=frozenset()), there, missed)
    half = difference(cloud(*(instance(f"i{n}", f"w{n}") for n in range(1, 16))), there, missed)

    for made in (empty, failing, half):
        assert not [step for step in made.steps if step.object == "device"]
    assert empty.refusals == ("Instance: all 30 active rows would end",)
    assert half.refusals == ("Instance: 15 of 30 active rows would end, more than 10",)
    assert failing.missed == frozenset({"Stack/r1"})  # only the rack of the project, which holds devices and stays


def test_the_rack_of_an_ended_stack_goes_after_its_devices_unless_it_holds_others() -> None:  # 24
    ended = {"Stack": frozenset({"s1"}), "Instance": frozenset({"i1"})}
    ours = (rack(key="s1", name="app"), device("d1", "i1"))

    empty = difference(cloud(ended=ended), concertim(*ours))
    shared = difference(cloud(ended=ended), concertim(*ours, device("d2", None, 2)))

    assert short(empty) == ["delete device i1", "delete rack s1"]
    assert short(shared) == ["delete device i1"]


def test_a_rack_grows_once_and_then_overflows() -> None:  # 28
    full = [device(f"d{n}", f"i{n}", n, name=f"w{n}") for n in range(1, 41)]
    rows = [instance(f"i{n}", f"w{n}") for n in range(1, 81)]

    steps = difference(cloud(*rows), concertim(rack(height=40), *full), rack_height=20).steps

    assert [(step.verb, step.key, step.values["height"]) for step in steps[:2]] == [
        ("change", "p1", 72),
        ("create", "p1-2", 20),
    ]
    overflow = steps[1].values
    assert (overflow["name"], overflow["order_id"], overflow["metadata"]["rack_index"]) == ("physics-2", "p1-2", 2)
    devices = steps[2:]
    assert [step.rack for step in devices].count("p1-2") == 8
    assert len({(step.rack, step.values["start"]) for step in devices}) == 40


def test_an_overflow_rack_that_is_empty_goes() -> None:
    second = rack("r2", name="physics-2", order_id="p1-2", metadata={**rack().metadata, "rack_index": 2})
    there = concertim(rack(), second, device("d1", "i1"))

    first = difference(cloud(instance("i1")), there)
    second_time = difference(cloud(instance("i1")), there, first.missed)

    assert (short(first), short(second_time)) == ([], ["delete rack p1"])


def test_a_device_that_is_there_twice_is_there_once_in_the_end() -> None:
    there = concertim(rack(), device("d1", "i1"), device("d2", "i1", 2, name="web-i1", description="web"))

    first = difference(cloud(instance("i1")), there)
    second = difference(cloud(instance("i1")), there, first.missed)

    assert (short(first), [step.id for step in second.steps]) == ([], ["d2"])


def test_a_volume_of_another_project_moves_there() -> None:
    other = rack("r2", "p2", name="chemistry", owner_id="t2")
    other = other._replace(metadata={**other.metadata, "openstack_project_id": "p2"})
    there = concertim(TEAM, Team("t2", "chemistry", "p2"), rack(), other, device("d1", "v1", kind="Volume"))
    there = there._replace(devices=(*there.devices, device("d2", "i1", 5), device("d3", "i2", rack_id="r2")))
    rows = cloud(volume("v1", project_id="p2"), instance("i1"), instance("i2", project_id="p2"))
    rows = rows._replace(projects=(*rows.projects, Project("p2", "chemistry")))

    first = difference(rows, there)
    second = difference(rows, there, first.missed)

    assert "delete device v1" not in short(first)
    assert [(step.verb, step.rack) for step in second.steps if step.key == "v1"] == [("delete", None), ("create", "p2")]


def test_a_device_stays_in_its_stack_when_that_is_not_known_any_more() -> None:
    ours = device("d1", "i1")
    ours = ours._replace(metadata={**ours.metadata, "openstack_stack_id": "s1"})

    made = difference(cloud(instance("i1"), stack("s1")), concertim(rack(key="s1", name="app"), ours))

    assert not [step for step in made.steps if step.object == "device"]


def test_projects_without_a_team_are_named_and_wait() -> None:
    there = concertim(Team("t9", "other", None), rack(owner_id="t9"), device("d1", "i1"))

    made = difference(cloud(instance("i1"), instance("i2"), stack("s1")), there)

    assert made.unmapped == ("p1",)
    assert made.steps == ()


def test_names_link_teams_and_users_only_when_they_are_unique() -> None:
    teams = (Team("t1", "physics", None), Team("t2", "maths", None), Team("t3", "bio", "p9"))
    projects = (
        Project("p1", "CM_physics"),
        Project("p2", "CM_maths"),
        Project("p3", "CM_maths"),
        Project("p4", "CM_bio"),
    )
    users = (User("u1", "ada", False, None, None), User("u2", "root", True, None, None))
    there = concertim(*teams)._replace(users=users)
    rows = cloud(projects=projects, users=(cloud_view.User("k1", "ada"), cloud_view.User("k2", "root")))

    made = difference(rows, there, team_project="CM_{name}", user_name="{name}")

    assert [(step.object, step.id, dict(step.values)) for step in made.steps] == [
        ("team", "t1", {"project_id": "p1"}),
        ("user", "u1", {"cloud_user_id": "k1"}),
    ]
    assert not [step for step in difference(rows, there).steps if step.object in ("team", "user")]


def test_a_state_that_is_not_known_keeps_the_status_and_is_named() -> None:
    row = instance("i1", vm_state="quantum")

    made = difference(cloud(row), concertim(rack(), device("d1", "i1", status="STOPPED")))

    assert made.steps == ()
    assert [remark[:2] for remark in made.remarks] == [("Instance", "i1")]


@pytest.mark.parametrize(("profile", "expected"), [("P4", "AVAILABLE"), ("P3", "ACTIVE")])
def test_an_older_concertim_has_no_available(profile: Any, expected: str) -> None:  # 36
    made = difference(cloud(volume("v1")), concertim(rack(), profile=profile))

    assert only(made).values["status"] == expected


def test_the_oldest_has_users_for_teams_and_instances_alone() -> None:  # 36
    there = Present("P2", users=(User("u1", "ada", False, None, "p1"),), templates=(SMALL,))

    made = difference(cloud(volume("v1"), instance("i1")), there)

    assert [(step.object, step.key) for step in made.steps] == [("rack", "p1"), ("device", "i1")]
    assert made.steps[0].values["owner"] == "u1"
    assert made.remarks == ()


def test_an_instance_shows_its_addresses_and_volumes() -> None:
    rows = cloud(
        instance("i1", key_name="k"),
        volume("v2", status="in-use", instance_id="i1"),
        volume("v1", status="in-use", instance_id="i1"),
        addresses=(Address("i1", "9.9.9.9", "10.0.0.9"), Address("i1", "1.1.1.1", None)),
    )

    details = cloud_view.wanted(rows).devices["i1"].details

    assert details == {
        "public_ips": "1.1.1.1, 9.9.9.9",
        "private_ips": "10.0.0.9",
        "ssh_key": "k",
        "volume_details": {"v1": {"name": "data", "size": 5}, "v2": {"name": "data", "size": 5}},
    }


def test_unused_templates_go_and_seeded_ones_stay() -> None:
    old = Template("tp9", "old", "", 1, "f9", None, 1, 1, 1)
    used = Template("tp8", "older", "", 1, "f8", None, 1, 1, 1)
    there = concertim(rack(), device("d1", "i1", template_id="tp8"), templates=(SMALL, VOLUME, NETWORK, old, used))
    rows = cloud(instance("i1"), ended={"Flavour": frozenset({"f8", "f9"})})

    assert short(difference(rows, there)) == ["delete template f9"]
