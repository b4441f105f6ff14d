"""The periods of a volume: what its row and its attachments make of them."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.volume import (
    STATES,
    AttachmentVersion,
    VolumeFacts,
    VolumeVersion,
    volume_periods,
)
from tests.domain.timeline.polled import after, assert_true, assert_whole, polled, seconds, value_at


def version(known_from: int = 5000, **changes: Any) -> VolumeVersion:
    """The row of an available volume."""
    row = VolumeVersion(
        *(after(known_from), "p1", 10, "ssd", "available", "az1", False),
        *(after(0), after(4), None, None, after(4), True),
    )
    return row._replace(**changes)


def attachment(attached: int | None, detached: int | None = None, **changes: Any) -> AttachmentVersion:
    """The row of an attachment, as it is long afterwards."""
    row = AttachmentVersion(
        known_from=after(6000),
        id="a1",
        status="attached" if detached is None else "detached",
        attached=None if attached is None else after(attached),
        detached=None if detached is None else after(detached),
        created=after((attached or 0) - 3),
        deleted=None if detached is None else after(detached),
        updated=None,
        active=detached is None,
    )
    return row._replace(**changes)


def shown(*versions: VolumeVersion, attachments: tuple[AttachmentVersion, ...] = ()) -> list[tuple[Any, ...]]:
    """Start, end (seconds after the creation), state and use, size."""
    return [
        (seconds(each.start), seconds(each.end), each.values.state, each.values.in_use, each.values.size)
        for each in volume_periods(VolumeFacts(versions, attachments))
    ]


def states(*versions: VolumeVersion, attachments: tuple[AttachmentVersion, ...] = ()) -> list[tuple[Any, ...]]:
    return [(start, state) for start, _end, state, *_ in shown(*versions, attachments=attachments)]


def test_a_volume_is_use_from_its_creation_on() -> None:
    assert shown(version()) == [(0, 4, "creating", True, 10), (4, None, "available", True, 10)]


def test_one_that_waits_to_be_deleted_is_no_use() -> None:
    row = version(active=False, status="deleted", terminated=after(900), deleted=after(905), updated=after(900))

    assert shown(row)[1:] == [(4, 900, "available", True, 10), (900, 905, "deleting", False, 10)]


def test_a_volume_whose_creation_failed_is_no_use_at_any_time() -> None:
    row = version(status="error", launched=None, updated=after(7))

    assert shown(row) == [(0, 7, "creating", False, 10), (7, None, "error", False, 10)]
    assert shown(row._replace(active=False, status="deleted", deleted=after(60))) == [(0, 60, "creating", False, 10)]


def test_an_error_later_on_is_still_use() -> None:
    failed = version(5100, status="error_extending", updated=after(5050))

    assert shown(version(), failed)[1:] == [(4, 5050, "available", True, 10), (5050, None, "error", True, 10)]


def test_a_temporary_volume_is_no_use() -> None:
    twin = version(temporary=True)
    gone = version(5100, status="deleted", active=False, deleted=after(5090))  # the mark of the twin is gone as well

    assert {use for _start, _end, _state, use, _size in shown(twin, gone)} == {False}


def test_an_attached_volume_is_in_use_to_the_second() -> None:
    found = shown(version(), attachments=(attachment(100, 200),))

    assert found[1:] == [
        (4, 100, "available", True, 10),
        (100, 200, "in-use", True, 10),
        (200, None, "available", True, 10),
    ]


def test_attached_to_several_it_is_free_when_the_last_one_lets_go() -> None:
    several = (attachment(100, 200), attachment(150, 300, id="a2"), attachment(300, 350, id="a3"))

    assert states(version(), attachments=several)[1:] == [(4, "available"), (100, "in-use"), (350, "available")]


def test_a_live_attachment_goes_on() -> None:
    found = volume_periods(VolumeFacts((version(),), (attachment(100),)))

    assert (found[-1].start, found[-1].end, found[-1].values.attached) == (after(100), None, True)


@pytest.mark.parametrize("status", ["reserved", "attaching", "error_attaching"])
def test_a_reservation_is_no_attachment(status: str) -> None:
    assert states(version(), attachments=(attachment(None, status=status),)) == [(0, "creating"), (4, "available")]


def test_a_reservation_that_was_given_back_never_was_one() -> None:
    assert states(version(), attachments=(attachment(None, 200)._replace(detached=None),))[1:] == [(4, "available")]


def test_an_attachment_without_a_time_began_between_its_reservation_and_the_reading() -> None:
    begun = attachment(None, known_from=after(300), created=after(97))

    period = volume_periods(VolumeFacts((version(),), (begun,)))[-1]

    assert (period.start, period.began.origin) == (after(300), "estimate")
    assert (period.began.earliest, period.began.latest) == (after(97), after(300))


def test_an_attachment_that_vanished_ended_between_two_instants() -> None:
    held = attachment(100, known_from=after(300))
    gone = held._replace(
        known_from=after(500), active=False, deleted=after(500), vanished_after=after(400), vanished_before=after(500)
    )

    period = volume_periods(VolumeFacts((version(),), (gone, held)))[-1]

    assert (period.start, period.values.attached, period.began.origin) == (after(500), False, "estimate")
    assert (period.began.earliest, period.began.latest) == (after(400), after(500))


def test_a_status_that_lags_behind_the_attachments_says_nothing() -> None:
    late = version(150, status="available")

    assert states(late, attachments=(attachment(100),)) == [(0, "creating"), (4, "available"), (100, "in-use")]
    assert states(version(status="in-use")) == [(0, "creating"), (4, "available")]


def test_an_extension_is_estimated_within_its_bounds() -> None:
    larger = version(5600, size=20, updated=after(5500))

    period = volume_periods(VolumeFacts((version(), larger)))[-1]

    assert (period.start, period.values.size, period.began.origin) == (after(5500), 20, "estimate")
    assert (period.began.earliest, period.began.latest) == (after(5000), after(5500))


def test_what_only_the_deleted_row_shows_changed_before_the_deletion_was_asked_for() -> None:
    gone = version(
        *(6000,), size=20, status="deleted", active=False,
        terminated=after(5900), updated=after(5900), deleted=after(5905),
    )  # fmt: skip

    found = volume_periods(VolumeFacts((version(), gone)))

    assert [(seconds(each.start), each.values.size, each.values.state) for each in found[1:]] == [
        (4, 10, "available"),
        (5899, 20, "available"),
        (5900, 20, "deleting"),
    ]
    assert (found[2].began.origin, found[2].began.earliest) == ("estimate", after(5000))


def test_an_estimate_keeps_its_bounds_where_something_exact_happened_too() -> None:
    larger = version(5600, size=20, status="in-use", updated=after(5500))

    period = volume_periods(VolumeFacts((version(), larger), (attachment(5500),)))[-1]

    assert (period.start, period.values.attached, period.began.origin) == (after(5500), True, "estimate")
    assert (period.began.earliest, period.began.latest) == (after(5000), after(5500))


def test_a_retype_and_a_transfer_are_new_periods() -> None:
    retyped = version(6000, volume_type="hdd", availability_zone="az2", updated=after(5500))
    moved = retyped._replace(known_from=after(7000), project_id="p2", updated=after(6500))

    found = volume_periods(VolumeFacts((moved, version(), retyped)))

    assert [(seconds(each.start), *each.values[3:]) for each in found[1:]] == [
        (4, "ssd", False, "p1", "az1"),
        (5500, "hdd", False, "p1", "az2"),
        (6500, "hdd", False, "p2", "az2"),
    ]


@pytest.mark.parametrize("status", ["retyping", "awaiting-transfer", "backing-up", "detaching", "unheard of", None])
def test_what_is_on_its_way_leaves_the_state_as_it_was(status: str | None) -> None:
    assert states(version(), version(5100, status=status, updated=after(5050))) == [(0, "creating"), (4, "available")]


def test_a_deletion_that_failed_makes_it_use_again() -> None:
    failing = version(5100, status="error_deleting", terminated=after(5020), updated=after(5060))
    healed = version(5300, status="available", terminated=after(5020), updated=after(5200))

    assert shown(version(), failing, healed)[2:] == [
        (5020, 5060, "deleting", False, 10),
        (5060, 5200, "error", True, 10),
        (5200, None, "available", True, 10),
    ]


def test_a_deletion_that_is_under_way_is_told_by_the_row() -> None:
    assert shown(version(), version(5100, status="deleting", terminated=after(5020)))[-1] == (
        *(5020, None, "deleting", False, 10),
    )


def test_a_migration_swaps_the_times_with_those_of_the_twin() -> None:
    swapped = version(5900, created=after(5500), launched=after(5503), volume_type="hdd", updated=after(5800))

    assert states(version(), swapped) == [(0, "creating"), (4, "available"), (5800, "available")]


def test_a_launch_after_it_was_seen_available_is_not_the_first() -> None:
    found = volume_periods(VolumeFacts((version(launched=after(7000), updated=after(3000)),)))

    assert [(seconds(each.start), each.values.state, each.began.origin) for each in found] == [
        (0, "creating", "row"),
        (3000, "available", "estimate"),
    ]
    assert states(version(launched=after(7000)), attachments=(attachment(100, 200),)) == [
        *((0, "creating"), (100, "in-use"), (200, "available")),
    ]


def test_attachments_before_its_creation_disprove_that() -> None:
    (first, *_) = volume_periods(VolumeFacts((version(),), (attachment(-500, -400),)))

    assert (first.start, first.began.origin) == (after(-503), "estimate")


def test_a_volume_that_vanished_ended_between_two_instants() -> None:
    gone = version(
        *(5300,), terminated=after(5150), active=False, deleted=after(5300), updated=after(5150),
        vanished_after=after(5200), vanished_before=after(5300),
    )  # fmt: skip

    found = volume_periods(VolumeFacts((version(), gone)))

    assert [(seconds(each.start), each.values.state) for each in found[1:]] == [(4, "available"), (5150, "deleting")]
    assert found[-1].finished is not None
    assert (found[-1].finished.earliest, found[-1].end) == (after(5200), after(5300))


def test_a_termination_after_the_deletion_is_cut_there() -> None:
    row = version(active=False, status="deleted", terminated=after(910), deleted=after(905))

    assert shown(row)[-1] == (4, 905, "available", True, 10)


def test_a_volume_that_was_deleted_before_it_was_created_has_no_period() -> None:
    assert shown(version(active=False, deleted=after(-100))) == []


def test_a_row_without_any_time_has_periods_only_if_it_was_seen_alive() -> None:
    bare = version(created=None, launched=None, updated=None)

    assert shown(bare) == [(5000, None, "available", True, 10)]
    assert shown(bare._replace(active=False)) == []
    assert volume_periods(VolumeFacts(())) == []


moments = st.none() | st.integers(-10, 400).map(after)
statuses = st.sampled_from(["creating", "available", "in-use", "error", "deleting", "error_deleting", "x", None])
odd_versions = st.builds(
    VolumeVersion,
    known_from=st.integers(0, 400).map(after),
    project_id=st.sampled_from(["p1", "p2", None]),
    size=st.sampled_from([10, 20, None]),
    volume_type=st.sampled_from(["ssd", None]),
    status=statuses,
    availability_zone=st.just("az1"),
    temporary=st.none(),
    created=moments,
    launched=moments,
    terminated=moments,
    deleted=moments,
    updated=moments,
    active=st.booleans(),
    vanished_after=moments,
    vanished_before=moments,
)
odd_attachments = st.builds(
    AttachmentVersion,
    known_from=st.integers(0, 400).map(after),
    id=st.sampled_from(["a1", "a2", "a3"]),
    status=st.sampled_from(["reserved", "attached", "detached", "error_attaching", None]),
    attached=moments,
    detached=moments,
    created=moments,
    deleted=moments,
    updated=moments,
    active=st.booleans(),
    vanished_after=moments,
    vanished_before=moments,
)


@given(st.lists(odd_versions, max_size=4), st.lists(odd_attachments, max_size=4), st.integers(0, 99))
def test_odd_facts_in_any_order_give_the_same_whole_periods(
    versions: list[VolumeVersion], attachments: list[AttachmentVersion], seed: int
) -> None:
    found = volume_periods(VolumeFacts(tuple(versions), tuple(attachments)))
    dice = random.Random(seed)
    dice.shuffle(versions)
    dice.shuffle(attachments)

    assert volume_periods(VolumeFacts((*versions, *versions[:1]), (*attachments, *attachments[:2]))) == found
    assert_whole(found)
    assert {period.values.state for period in found} <= set(STATES)
    if found:
        end = found[-1].end or after(9999)
        assert sum((each.end or end).timestamp() - each.start.timestamp() for each in found) == (
            end.timestamp() - found[0].start.timestamp()
        )


@given(st.lists(st.tuples(st.integers(10, 300), st.integers(0, 80)), max_size=6))
def test_it_is_attached_in_each_second_in_which_an_attachment_is(spans: list[tuple[int, int]]) -> None:
    rows = tuple(attachment(at, at + length, id=f"a{number}") for number, (at, length) in enumerate(spans))

    found = volume_periods(VolumeFacts((version(),), rows))

    for second in range(0, 400, 7):
        assert value_at(found, "attached", second) == any(at <= second < at + length for at, length in spans)
    held = sum(seconds(each.end) - seconds(each.start) for each in found if each.values.attached)  # type: ignore[operator]
    assert held == len({second for at, length in spans for second in range(at, at + length)})


@given(
    extensions=st.lists(st.integers(20, 300), max_size=5, unique=True).map(sorted),
    failure=st.none() | st.integers(20, 300),
    attaching=st.integers(20, 300),
    deletion=st.none() | st.integers(310, 400),
    polls=st.sets(st.integers(10, 600), max_size=12),
)
def test_any_readings_give_bounds_that_hold_the_truth(
    extensions: list[int], failure: int | None, attaching: int, deletion: int | None, polls: set[int]
) -> None:
    saves: list[Any] = [(at, {"size": 100 + at}) for at in extensions]
    saves += [(attaching, {}), (attaching + 5, {})]
    if failure is not None:
        saves.append((failure, {"status": "error"}))
    if deletion is not None:
        saves.append((deletion, {"status": "deleting", "terminated": after(deletion)}))
        gone = {"status": "deleted", "deleted": after(deletion + 5), "active": False, "updated": after(deletion)}
        saves.append((deletion + 5, gone))

    found = volume_periods(VolumeFacts(polled(version(), saves, {5, *polls})))

    assert_whole(found)
    assert_true(found, "size", {100 + at: at for at in extensions})
    if failure is not None:
        assert_true(
            [each for each in found if each.values.state in ("available", "error")], "state", {"error": failure}
        )
    if deletion is not None and max(polls, default=0) >= deletion + 5:
        assert found[-1].end == after(deletion + 5)
        assert found[-1].start == after(deletion)
