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


def going(name: str, started: float, last_event: float, **changes: Any) -> Action:
    """An action as nova leaves it: without an end, but with the time of its last event."""
    return Action(name, after(started), None, updated=after(last_event), **changes)


def test_nova_does_not_say_that_an_action_is_over_only_when_it_last_went_on() -> None:
    row = version(vm_state="stopped", updated=after(99))
    facts = InstanceFacts((row,), (going("create", 0, 31), going("stop", 90, 100)))

    assert shown(facts)[1:] == [(30, 100, "active", True, "small"), (100, None, "stopped", True, "small")]


def test_an_action_that_was_read_while_it_ran_has_no_effect_yet() -> None:
    row = version(known_from=after(50), updated=after(90))

    assert shown(InstanceFacts((row,), (going("create", 0, 31), going("stop", 90, 91))))[1:] == [
        (30, None, "active", True, "small")
    ]


def test_copies_of_an_action_in_another_cell_count_once() -> None:
    row = version(vm_state="stopped", updated=after(99))
    copies = (going("stop", 90, 91, request_id="r1"), going("stop", 90, 100, request_id="r1"))

    assert [at for at, *_ in shown(InstanceFacts((row,), (going("create", 0, 31), *copies)))] == [0, 30, 100]


def test_a_build_that_failed_on_its_host_is_no_failed_action() -> None:
    row = version(vm_state="error", launched=None, host=None, updated=after(39))

    assert shown(InstanceFacts((row,), (going("create", 0, 40),))) == [
        (0, 40, "building", False, "small"),
        (40, None, "error", False, "small"),
    ]


def test_a_build_that_goes_on_has_not_failed() -> None:
    row = version(known_from=after(20), vm_state="building", launched=None, host=None, updated=None)

    assert shown(InstanceFacts((row,), (going("create", 0, 10),))) == [(0, None, "building", False, "small")]


def test_an_instance_first_read_after_its_end_had_the_sizes_that_its_migrations_tell() -> None:
    gone = {"active": False, "vm_state": "deleted", "terminated": after(5000), "deleted": after(5000)}
    row = version(flavour=LARGE, launched=after(1010), updated=after(5000), **gone)
    actions = (going("create", 0, 31), going("resize", 1000, 1015))

    found = shown(InstanceFacts((row,), actions, (resize(1, 1001, 1100),), {1: SMALL}))

    assert [(at, name) for at, _end, _state, _use, name in found] == [(0, "small"), (31, "small"), (1015, "large")]


def test_an_action_that_failed_tells_when_the_error_began_that_was_read_later() -> None:
    row = version(vm_state="error", updated=after(205))
    actions = (going("create", 0, 31), going("rebuild", 150, 206, failed=True))

    last = instance_periods(InstanceFacts((row,), actions))[-1]

    assert (last.start, last.values.state, last.began.origin) == (after(206), "error", "estimate")


def test_a_reset_of_the_state_happened_when_it_was_recorded() -> None:
    row = version(updated=after(300))
    actions = (going("create", 0, 31), going("stop", 90, 100), action("resetState", 200, 200))

    last = instance_periods(InstanceFacts((row,), actions))[-1]

    assert (last.start, last.values.state) == (after(200), "active")
    assert (last.began.earliest, last.began.latest) == (after(100), after(300))


def test_an_instance_that_was_shelved_left_its_host_with_that_when_the_row_was_not_saved_again() -> None:
    row = version(vm_state="shelved_offloaded", host=None, updated=after(99))

    last = instance_periods(InstanceFacts((row,), (going("create", 0, 31), going("shelve", 90, 100))))[-1]

    assert (last.start, last.values.state, last.began.origin) == (after(100), "shelved_offloaded", "action")


def test_whether_a_shelved_instance_left_its_host_unseen_is_an_estimate() -> None:
    actions = (going("create", 0, 31), going("shelve", 90, 100), going("unshelve", 190, 200))

    shelved = instance_periods(InstanceFacts((version(updated=after(199)),), actions))[2]

    assert (shelved.start, shelved.values.state) == (after(100), "shelved_offloaded")
    assert (shelved.began.earliest, shelved.began.latest) == (after(100), after(200))


def test_an_evacuation_was_over_before_the_host_that_was_left_came_back() -> None:
    moved = resize(1, 100, 90000, "completed", type="evacuation", new_flavour=1)
    facts = InstanceFacts((version(host="compute2", updated=after(160)),), (going("create", 0, 31),), (moved,))

    began = instance_periods(facts)[-1].began

    assert (began.earliest, began.latest) == (after(100), after(90000))


def test_a_deletion_that_was_recorded_afterwards_was_no_soft_one() -> None:
    row = version(active=False, vm_state="deleted", terminated=after(500), deleted=after(501), updated=after(500))

    assert [state for _at, _end, state, *_ in shown(InstanceFacts((row,), (going("delete", 498, 498),)))] == [
        "building",
        "active",
        "deleting",
    ]


def test_two_resizes_one_soon_after_the_other_come_from_an_action_each() -> None:
    other = Flavour(3, "f-3", "other", 2, 2048, 20, 0)
    row = version(flavour=other, host="compute2", launched=after(150), updated=after(200))
    actions = (going("create", 0, 31), going("resize", 100, 110), going("resize", 119, 150))
    again = resize(2, 121, 200, old_flavour=2, new_flavour=3)

    found = shown(InstanceFacts((row,), actions, (resize(1, 101, 115), again), {1: SMALL, 2: LARGE}))

    assert [(at, name) for at, _end, _state, _use, name in found][1:] == [(31, "small"), (110, "large"), (150, "other")]


def test_a_clock_that_is_behind_does_not_part_a_resize_from_its_action() -> None:
    row = version(flavour=LARGE, host="compute2", launched=after(1010), updated=after(1100))
    actions = (going("create", 0, 31), going("resize", 500, 510), going("resize", 1000, 1015))
    first = resize(1, 501, 600, "reverted")

    facts = InstanceFacts(
        (row,), (*actions, going("revertResize", 590, 600)), (first, resize(2, 990, 1100)), {1: SMALL}
    )

    assert [(at, name) for at, _end, _state, _use, name in shown(facts)][-1] == (1015, "large")


def test_a_stopped_instance_stays_stopped_though_it_runs_while_it_is_rebuilt() -> None:
    passing = version(known_from=after(250), vm_state="active", updated=after(249))
    row = version(known_from=after(900), vm_state="stopped", updated=after(259))
    actions = (going("create", 0, 31), going("stop", 90, 100), going("rebuild", 200, 260))

    found = shown(InstanceFacts((passing, row), actions))

    assert [(at, state) for at, _end, state, *_ in found] == [(0, "building"), (30, "active"), (100, "stopped")]


def test_the_first_size_is_the_one_before_a_resize_that_is_under_way() -> None:
    row = version(known_from=after(1010), flavour=LARGE, vm_state="active", updated=after(1009))
    facts = InstanceFacts((row,), (going("create", 0, 31),), (resize(1, 1001, 1005, "post-migrating"),), {1: SMALL})

    assert [(at, name) for at, _end, _state, _use, name in shown(facts)] == [
        (0, "small"),
        (30, "small"),
        (1009, "large"),
    ]


def test_a_resize_in_the_second_of_a_revert_comes_after_it() -> None:
    row = version(flavour=LARGE, host="compute2", launched=after(110), updated=after(300))
    actions = (
        going("create", 0, 31),
        going("resize", 60, 70),
        going("revertResize", 90, 110),
        going("resize", 110, 110),
    )

    facts = InstanceFacts((row,), actions, (resize(1, 60, 110, "reverted"), resize(2, 110, 200)), {1: SMALL})

    assert [(at, name) for at, _end, _state, _use, name in shown(facts)][-1] == (70, "large")
