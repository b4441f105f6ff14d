"""The periods of an image."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.image import STATES, ImageVersion, image_periods
from tests.domain.timeline.polled import after, assert_true, assert_whole, polled, seconds


def version(known_from: int, **changes: Any) -> ImageVersion:
    row = ImageVersion(after(known_from), "p1", 2**30, "active", after(0), None, after(60), True)
    return row._replace(**changes)


def shown(*versions: ImageVersion) -> list[tuple[Any, ...]]:
    return [(seconds(each.start), seconds(each.end), *each.values) for each in image_periods(versions)]


def test_an_image_that_was_never_read_before_is_what_it_shows() -> None:
    assert shown(version(100)) == [(0, None, "active", True, 2**30, "p1")]


def test_an_image_is_use_and_has_a_size_when_it_is_uploaded() -> None:
    queued = version(10, status="queued", size=None, updated=after(0))
    saving = version(40, status="importing", size=None, updated=after(30))

    assert shown(queued, saving, version(100)) == [
        (0, 30, "queued", False, None, "p1"),
        (30, 60, "saving", False, None, "p1"),
        (60, None, "active", True, 2**30, "p1"),
    ]


def test_a_deactivated_image_takes_space() -> None:
    assert shown(version(100), version(300, status="deactivated", updated=after(200)))[-1] == (
        *(200, None, "deactivated", True, 2**30, "p1"),
    )


def test_a_deletion_may_leave_the_status_alone() -> None:
    gone = version(300, active=False, deleted=after(250), updated=after(250))

    assert shown(version(100), gone) == [(0, 250, "active", True, 2**30, "p1")]


def test_a_deletion_that_waits_for_the_scrubber_ends_the_use() -> None:
    waiting = version(300, status="pending_delete", updated=after(250))
    gone = version(900, status="pending_delete", active=False, deleted=after(800), updated=after(800))

    assert shown(version(100), waiting, gone) == [
        (0, 250, "active", True, 2**30, "p1"),
        (250, 800, "deleting", False, 2**30, "p1"),
    ]


def test_one_that_was_uploaded_and_deleted_between_two_readings_had_data_for_a_time() -> None:
    queued = version(10, status="queued", size=None, updated=after(0))
    gone = version(300, status="deleted", active=False, deleted=after(250), updated=after(250))

    found = image_periods((queued, gone))

    assert shown(queued, gone) == [(0, 249, "queued", False, None, "p1"), (249, 250, "active", True, 2**30, "p1")]
    assert (found[1].began.earliest, found[1].began.latest) == (after(10), after(249))


@pytest.mark.parametrize(
    ("status", "size", "state"),
    [
        ("deleted", 2**30, "active"),
        ("pending_delete", 2**30, "active"),
        ("deactivated", 2**30, "deactivated"),
        ("killed", None, "killed"),
        ("deleted", None, "queued"),
        (None, None, "queued"),
    ],
)
def test_one_that_was_first_read_when_it_was_gone_had_data_if_it_has_a_size(
    status: str | None, size: int | None, state: str
) -> None:
    row = version(900, status=status, size=size, active=False, deleted=after(800))

    assert shown(row) == [(0, 800, state, state in ("active", "deactivated"), size, "p1")]


@given(
    upload=st.integers(1, 200),
    transfers=st.lists(st.integers(201, 500), max_size=4, unique=True).map(sorted),
    polls=st.sets(st.integers(1, 700), max_size=10),
    seed=st.integers(0, 99),
)
def test_whatever_is_read_gives_whole_and_true_periods(
    upload: int, transfers: list[int], polls: set[int], seed: int
) -> None:
    saves: list[Any] = [(upload, {"status": "active", "size": 5})]
    saves += [(at, {"project_id": f"p{at}"}) for at in transfers]
    saves.append((600, {"active": False, "deleted": after(600)}))
    versions = list(polled(version(0, status="queued", size=None, updated=after(0)), saves, {0, *polls, 700}))
    found = image_periods(versions)
    random.Random(seed).shuffle(versions)

    assert image_periods(versions) == found
    assert_whole(found)
    assert_true(found, "size", {5: upload})
    assert_true(found, "project_id", {f"p{at}": at for at in transfers})
    assert {each.values.state for each in found} <= set(STATES)
    assert (found[0].start, found[-1].end) == (after(0), after(600))
