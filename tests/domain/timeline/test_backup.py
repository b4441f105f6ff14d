"""The periods of a backup."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.backup import BackupVersion, backup_periods
from tests.domain.timeline.polled import after, assert_whole, polled, seconds


def version(known_from: int, **changes: Any) -> BackupVersion:
    row = BackupVersion(after(known_from), "p1", 10, "available", after(0), None, after(300), True)
    return row._replace(**changes)


def shown(*versions: BackupVersion) -> list[tuple[Any, ...]]:
    return [(seconds(each.start), seconds(each.end), *each.values) for each in backup_periods(versions)]


def test_a_backup_is_use_from_its_creation_to_its_deletion() -> None:
    gone = version(9000, status="deleted", active=False, deleted=after(8000))

    assert shown(version(400), gone) == [(0, 8000, "available", True, 10, "p1")]


def test_one_that_was_seen_in_the_making_was_made_later() -> None:
    making = version(100, status="creating", updated=None)

    assert shown(making, version(400)) == [
        (0, 300, "creating", True, 10, "p1"),
        (300, None, "available", True, 10, "p1"),
    ]


def test_one_that_failed_is_no_use() -> None:
    making, failed = version(100, status="creating", updated=None), version(400, status="error")

    assert [use for _start, _end, _state, use, *_ in shown(making, failed)] == [False, False]


def test_a_restore_changes_nothing() -> None:
    assert shown(version(400), version(900, status="restoring")) == [(0, None, "available", True, 10, "p1")]


def test_a_row_that_vanished_ended_between_two_instants() -> None:
    gone = version(900, active=False, deleted=after(900), vanished_after=after(800), vanished_before=after(900))

    (period,) = backup_periods((version(400), gone))

    assert (period.end, period.finished.earliest if period.finished else None) == (after(900), after(800))


@given(polls=st.sets(st.integers(1, 900), max_size=10), seed=st.integers(0, 99))
def test_whatever_is_read_gives_whole_and_true_periods(polls: set[int], seed: int) -> None:
    saves: list[Any] = [
        (300, {"status": "available"}),
        (700, {"status": "deleting"}),
        (705, {"status": "deleted", "updated": after(700), "deleted": after(705), "active": False}),
    ]
    versions = list(polled(version(0, status="creating", updated=None), saves, {0, *polls, 900}))
    found = backup_periods(versions)
    random.Random(seed).shuffle(versions)

    assert backup_periods(versions) == found
    assert_whole(found)
    assert (found[0].start, found[-1].end) == (after(0), after(705))
    for each in found[1:]:
        assert each.began.earliest is not None
        assert each.began.earliest <= after({"available": 300, "deleting": 700}[each.values.state]) <= each.start
