"""The periods of an instance: what each kind of fact makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reporting_pollster.domain.timeline.fact import Action, Flavour, InstanceFacts, InstanceVersion, Migration
from reporting_pollster.domain.timeline.instance import InstanceValues, instance_periods

SMALL = Flavour(1, "f-1", "small", 1, 1024, 10, 0)
LARGE = Flavour(2, "f-2", "large", 4, 8192, 40, 0)
CREATED = datetime(2026, 3, 1, 9)
LATER = datetime(2026, 6, 1)


def after(seconds: float) -> datetime:
    """Seconds after the creation."""
    return CREATED + timedelta(seconds=seconds)


def version(**changes: Any) -> InstanceVersion:
    """The row of an active small instance, first read long afterwards."""
    row = {
        "known_from": LATER,
        "project_id": "p1",
        "created_by": "u1",
        "flavour": SMALL,
        "vm_state": "active",
        "host": "compute1",
        "availability_zone": "az1",
        "created": CREATED,
        "launched": after(30),
        "terminated": None,
        "deleted": None,
        "updated": after(30),
        "active": True,
    }
    return InstanceVersion(**{**row, **changes})


def action(name: str, started: float, finished: float | None, **changes: Any) -> Action:
    return Action(name, after(started), None if finished is None else after(finished), **changes)


def resize(number: int, started: float, updated: float, status: str = "confirmed", **changes: Any) -> Migration:
    row = Migration(
        number, f"m-{number}", "resize", status, 1, 2, "compute1", "compute2", after(started), after(updated)
    )
    return row._replace(**changes)


def shown(facts: InstanceFacts) -> list[tuple[Any, ...]]:
    """Start, end (seconds after the creation), state and use, flavour."""
    found = []
    for period in instance_periods(facts):
        values: InstanceValues = period.values
        seconds = [None if at is None else (at - CREATED).total_seconds() for at in (period.start, period.end)]
        found.append((*seconds, values.state, values.in_use, values.flavour.name))
    return found


def test_an_instance_is_built_and_lives_on() -> None:
    assert shown(InstanceFacts((version(),), (action("create", 0, 31),))) == [
        (0, 30, "building", False, "small"),
        (30, None, "active", True, "small"),
    ]


def test_a_stop_and_a_start_are_to_the_second() -> None:
    facts = InstanceFacts((version(),), (action("create", 0, 31), action("stop", 90, 100), action("start", 190, 200)))

    assert shown(facts)[1:] == [
        (30, 100, "active", True, "small"),
        (100, 200, "stopped", True, "small"),
        (200, None, "active", True, "small"),
    ]


def test_a_resize_long_before_the_first_reading_shows_as_two_periods() -> None:
    row = version(flavour=LARGE, host="compute2", launched=after(1010), updated=after(1100))
    actions = (action("create", 0, 31), action("resize", 1000, 1015), action("confirmResize", 1090, 1100))

    assert shown(InstanceFacts((row,), actions, (resize(1, 1001, 1100),), {1: SMALL})) == [
        (0, 31, "building", False, "small"),
        (31, 1015, "active", True, "small"),
        (1015, None, "active", True, "large"),
    ]


def test_a_reverted_resize_is_three_periods() -> None:
    row = version(updated=after(1100))
    actions = (action("create", 0, 31), action("resize", 1000, 1015), action("revertResize", 1090, 1100))

    found = shown(InstanceFacts((row,), actions, (resize(1, 1001, 1100, "reverted"),), {2: LARGE}))

    assert found[1:] == [
        (30, 1015, "active", True, "small"),
        (1015, 1100, "active", True, "large"),
        (1100, None, "active", True, "small"),
    ]


def test_use_ends_with_the_termination_and_the_instance_with_its_deletion() -> None:
    row = version(active=False, vm_state="deleted", terminated=after(500), deleted=after(502), updated=after(500))

    assert shown(InstanceFacts((row,), (action("create", 0, 31), action("delete", 495, 503)))) == [
        (0, 30, "building", False, "small"),
        (30, 500, "active", True, "small"),
        (500, 502, "deleting", False, "small"),
    ]


def test_a_build_that_fails_is_no_use() -> None:
    row = version(active=False, vm_state="error", launched=None, host=None, deleted=after(900), updated=after(40))

    assert shown(InstanceFacts((row,), (action("create", 0, 40, failed=True),))) == [
        (0, 40, "building", False, "small"),
        (40, 900, "error", False, "small"),
    ]


def test_a_soft_deleted_instance_waits_for_its_end() -> None:
    row = version(active=False, vm_state="deleted", terminated=after(9000), deleted=after(9001), updated=after(9000))

    assert shown(InstanceFacts((row,), (action("delete", 495, 500),)))[1:] == [
        (30, 500, "active", True, "small"),
        (500, 9000, "soft_deleted", True, "small"),
        (9000, 9001, "deleting", False, "small"),
    ]


def test_what_only_a_reading_shows_is_an_estimate_with_bounds() -> None:
    first = version(known_from=after(1000))
    second = version(known_from=after(2000), vm_state="error", updated=after(1500))

    period = instance_periods(InstanceFacts((first, second)))[-1]

    assert (period.start, period.began.origin) == (after(1500), "estimate")
    assert (period.began.earliest, period.began.latest) == (after(1000), after(1500))
    assert period.values.state == "error"


def test_a_reading_during_an_operation_is_explained_by_it() -> None:
    first = version(known_from=after(100))
    second = version(known_from=after(205), vm_state="stopped", updated=after(204))

    facts = InstanceFacts((first, second), (action("stop", 200, 206),))

    assert [(at, state) for at, _end, state, *_ in shown(facts)] == [(0, "building"), (30, "active"), (206, "stopped")]


def test_a_vanished_instance_ended_between_two_instants() -> None:
    row = version(active=False, deleted=after(5000), vanished_after=after(4000), vanished_before=after(5000))

    last = instance_periods(InstanceFacts((row,)))[-1]

    assert last.end == after(5000)
    assert last.finished is not None
    assert (last.finished.earliest, last.finished.latest) == (after(4000), after(5000))
