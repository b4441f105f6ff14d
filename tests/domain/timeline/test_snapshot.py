"""The periods of a snapshot."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.snapshot import SnapshotVersion, snapshot_periods
from tests.domain.timeline.polled import after, assert_true, assert_whole, polled, seconds


def version(known_from: int, **changes: Any) -> SnapshotVersion:
    row = SnapshotVersion(*(after(known_from), "p1", 10, "ssd", "available", False), *(after(0), None, after(5), True))
    return row._replace(**changes)


def shown(*versions: SnapshotVersion) -> list[tuple[Any, ...]]:
    return [(seconds(each.start), seconds(each.end), *each.values) for each in snapshot_periods(versions)]


def test_a_snapshot_is_use_from_its_creation_to_its_deletion() -> None:
    gone = version(900, status="deleted", active=False, deleted=after(800))

    assert shown(version(100), gone) == [(0, 800, "available", True, 10, "ssd", "p1")]
    assert shown(gone) == [(0, 800, "available", True, 10, "ssd", "p1")]


def test_one_that_was_seen_in_the_making_was_made_later() -> None:
    making = version(3, status="creating", updated=None)

    assert [(start, end, state, use) for start, end, state, use, *_ in shown(making, version(100))] == [
        (0, 5, "creating", True),
        (5, None, "available", True),
    ]


def test_one_that_failed_is_no_use_and_one_that_fails_later_is() -> None:
    making, failed = version(3, status="creating", updated=None), version(100, status="error")

    assert [use for _start, _end, _state, use, *_ in shown(making, failed)] == [False, False]
    assert [use for _start, _end, _state, use, *_ in shown(version(50), failed)] == [True, True]


def test_one_that_waits_to_be_deleted_is_no_use() -> None:
    deleting = version(100, status="deleting", updated=after(90))

    assert [(start, state, use) for start, _end, state, use, *_ in shown(version(50), deleting)] == [
        (0, "available", True),
        (90, "deleting", False),
    ]


def test_a_temporary_one_is_no_use() -> None:
    assert [use for _start, _end, _state, use, *_ in shown(version(50, temporary=True))] == [False]


def test_a_transfer_takes_it_to_another_project() -> None:
    assert [(start, project) for start, *_, project in shown(version(50), version(200, project_id="p2"))] == [
        (0, "p1"),
        (200, "p2"),
    ]


@given(
    transfers=st.lists(st.integers(10, 300), max_size=5, unique=True).map(sorted),
    polls=st.sets(st.integers(10, 400), max_size=10),
    seed=st.integers(0, 99),
)
def test_whatever_is_read_gives_whole_and_true_periods(transfers: list[int], polls: set[int], seed: int) -> None:
    saves: list[Any] = [(at, {"project_id": f"p{at}"}) for at in transfers]
    saves.append((350, {"status": "deleted", "active": False, "deleted": after(350)}))
    versions = list(polled(version(0), saves, {9, *polls, 400}))
    found = snapshot_periods(versions)
    random.Random(seed).shuffle(versions)

    assert snapshot_periods(versions) == found
    assert_whole(found)
    assert_true(found, "project_id", {f"p{at}": at for at in transfers})
    assert sum((each.end or after(999)).timestamp() - each.start.timestamp() for each in found) == 350
