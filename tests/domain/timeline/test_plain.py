"""What a row alone tells: begin, end, and the course of a column, shown with floating IPs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.floating_ip import FloatingIPVersion
from reporting_pollster.domain.timeline.plain import life, told
from tests.domain.timeline.polled import after, polled, seconds

instants = st.integers(-50, 500)


def version(known_from: int, **changes: Any) -> FloatingIPVersion:
    row = FloatingIPVersion(after(known_from), "p1", "198.18.0.7", None, after(0), None, after(0), True)
    return row._replace(**changes)


def addresses(*versions: FloatingIPVersion) -> list[tuple[Any, ...]]:
    bounds = life(versions)
    assert bounds is not None
    track = told(bounds, "address", "address as read")
    return [(seconds(change.at), change.value, seconds(change.earliest), seconds(change.latest)) for change in track]


def test_a_living_row_begins_with_its_creation_and_has_no_end() -> None:
    bounds = life([version(100)])

    assert bounds is not None
    assert (bounds.begun.at, bounds.begun.origin, bounds.ended) == (after(0), "row", None)


def test_the_earliest_creation_counts() -> None:
    bounds = life([version(100), version(200, created=after(150))])

    assert bounds is not None
    assert bounds.begun.at == after(0)


def test_a_sign_of_life_well_before_the_creation_disproves_it() -> None:
    bounds = life([version(100)], [after(-60), None, after(20)])

    assert bounds is not None
    assert (bounds.begun.at, bounds.begun.origin, bounds.begun.latest) == (after(-60), "estimate", after(-60))


def test_clocks_that_differ_disprove_nothing() -> None:
    bounds = life([version(100)], [after(-5)])

    assert bounds is not None
    assert (bounds.begun.at, bounds.begun.origin) == (after(0), "row")


@pytest.mark.parametrize(
    ("versions", "begun"),
    [
        ([version(100, created=None, updated=after(40))], 40),
        ([version(100, created=None, updated=None)], 100),
        ([version(300, created=None, updated=None), version(100, created=None, updated=None)], 100),
        ([version(300, created=None, updated=None, active=False), version(200, created=None, updated=None)], 200),
    ],
)
def test_without_a_creation_it_begins_with_the_first_sign_of_life(
    versions: list[FloatingIPVersion], begun: int
) -> None:
    bounds = life(versions)

    assert bounds is not None
    assert (bounds.begun.at, bounds.begun.origin, bounds.begun.latest) == (after(begun), "estimate", after(begun))


def test_of_a_row_without_any_time_that_never_lived_nothing_is_told() -> None:
    assert life([version(100, created=None, updated=None, active=False)]) is None
    assert life([]) is None


def test_a_deletion_is_to_the_second() -> None:
    bounds = life([version(100), version(400, deleted=after(333), active=False)])

    assert bounds is not None
    assert bounds.ended is not None
    assert (bounds.ended.at, bounds.ended.origin) == (after(333), "row")


def test_a_deletion_without_a_time_lies_before_the_reading_that_shows_it() -> None:
    bounds = life([version(100), version(400, active=False)])

    assert bounds is not None
    assert bounds.ended is not None
    assert (bounds.ended.at, bounds.ended.origin) == (after(400), "estimate")
    assert (bounds.ended.earliest, bounds.ended.latest) == (after(100), after(400))


def test_a_vanished_row_ended_after_the_last_sign_of_life() -> None:
    gone = version(400, updated=after(350), active=False, vanished_after=after(300), vanished_before=after(400))

    bounds = life([version(100), gone])

    assert bounds is not None
    assert bounds.ended is not None
    assert (bounds.ended.earliest, bounds.ended.at) == (after(350), after(400))


def test_a_row_that_came_back_lives() -> None:
    lost = version(200, deleted=after(200), active=False, vanished_after=after(150), vanished_before=after(200))

    bounds = life([version(100), lost, version(300)])

    assert bounds is not None
    assert bounds.ended is None


def test_a_change_is_dated_by_the_save_and_bounded_by_the_reading_before() -> None:
    found = addresses(version(100), version(300, address="198.18.0.8", updated=after(250)))

    assert found == [(0, "198.18.0.7", None, None), (250, "198.18.0.8", 100, 250)]


def test_a_later_save_without_a_change_narrows_the_bounds() -> None:
    found = addresses(version(100, updated=after(220)), version(300, address="198.18.0.8", updated=after(250)))

    assert found[1] == (250, "198.18.0.8", 220, 250)


def test_a_save_before_the_last_reading_dates_nothing() -> None:
    found = addresses(version(100, updated=after(40)), version(300, address="198.18.0.8", updated=after(40)))

    assert found[1] == (300, "198.18.0.8", 100, 300)


def test_a_row_first_read_when_it_was_gone_speaks_for_its_whole_life() -> None:
    assert addresses(version(400, active=False, deleted=after(300))) == [(0, "198.18.0.7", None, None)]


def test_of_two_that_were_read_within_a_second_the_one_saved_later_is_the_current() -> None:
    late, early = version(100, address="198.18.0.8", updated=after(100)), version(100)

    for versions in ((late, early), (early, late)):
        bounds = life(versions)
        assert bounds is not None
        assert bounds.row == late


@given(st.permutations([version(100), version(200, address="198.18.0.8"), version(300, active=False)]))
def test_the_order_of_versions_does_not_matter(versions: list[FloatingIPVersion]) -> None:
    assert life([*versions, *versions]) == life(sorted(versions))


@given(
    changes=st.lists(st.integers(1, 400), min_size=1, max_size=6, unique=True).map(sorted),
    touches=st.lists(st.integers(1, 400), max_size=6),
    polls=st.sets(st.integers(1, 500), max_size=8),
)
def test_any_readings_give_bounds_that_hold_the_truth(changes: list[int], touches: list[int], polls: set[int]) -> None:
    saves = [(at, {"address": f"198.18.1.{number}"}) for number, at in enumerate(changes)]
    saves += [(at, {}) for at in touches]
    truth = {f"198.18.1.{number}": at for number, at in enumerate(changes)}

    for at, value, earliest, latest in addresses(*polled(version(0), saves, {0, *polls}))[1:]:
        assert earliest <= truth[value] <= latest == at


@given(gone=st.integers(1, 400), polls=st.sets(st.integers(1, 500), max_size=8))
def test_any_readings_give_an_end_whose_bounds_hold_the_truth(gone: int, polls: set[int]) -> None:
    bounds = life(polled(version(0), [(gone // 2, {})], {0, *polls, 500}, gone))

    assert bounds is not None
    assert bounds.ended is not None
    assert bounds.ended.earliest is not None
    assert bounds.ended.earliest <= after(gone) <= bounds.ended.at
