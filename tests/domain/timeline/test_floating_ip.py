"""The periods of a floating IP."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.floating_ip import FloatingIPVersion, floating_ip_periods
from tests.domain.timeline.polled import after, assert_true, assert_whole, polled, seconds, value_at


def version(known_from: int, **changes: Any) -> FloatingIPVersion:
    row = FloatingIPVersion(after(known_from), "p1", "198.18.0.7", None, after(0), None, after(0), True)
    return row._replace(**changes)


def shown(*versions: FloatingIPVersion) -> list[tuple[Any, ...]]:
    return [
        (seconds(period.start), seconds(period.end), period.values.state, period.values.in_use, period.values.attached)
        for period in floating_ip_periods(versions)
    ]


def test_an_address_in_reserve_is_use_as_well() -> None:
    assert shown(version(100)) == [(0, None, "reserved", True, False)]


def test_an_address_that_gets_a_port_is_attached_since_it_was_saved() -> None:
    assert shown(version(100), version(300, port_id="port", updated=after(200))) == [
        (0, 200, "reserved", True, False),
        (200, None, "attached", True, True),
    ]


def test_another_port_is_no_new_period() -> None:
    assert shown(version(100, port_id="one"), version(300, port_id="two", updated=after(200))) == [
        (0, None, "attached", True, True)
    ]


def test_a_release_lies_between_two_instants() -> None:
    gone = version(400, deleted=after(400), active=False, vanished_after=after(300), vanished_before=after(400))

    (period,) = floating_ip_periods((version(100), gone))

    assert period.end == after(400)
    assert period.finished is not None
    assert (period.finished.origin, period.finished.earliest) == ("estimate", after(300))


def test_one_that_was_released_before_it_was_allocated_has_no_period() -> None:
    assert shown(version(100, active=False, deleted=after(-100))) == []
    assert floating_ip_periods(()) == []


@given(
    ports=st.lists(st.integers(1, 300), max_size=5, unique=True).map(sorted),
    polls=st.sets(st.integers(1, 400), max_size=10),
    gone=st.none() | st.integers(301, 400),
    seed=st.integers(0, 99),
)
def test_whatever_is_read_gives_whole_and_true_periods(
    ports: list[int], polls: set[int], gone: int | None, seed: int
) -> None:
    saves = [(at, {"project_id": f"p{at}", "port_id": f"port-{at}"}) for at in ports]
    versions = list(polled(version(0), saves, {0, *polls}, gone))
    found = floating_ip_periods(versions)
    random.Random(seed).shuffle(versions)

    assert floating_ip_periods(versions) == found
    assert_whole(found)
    assert_true(found, "project_id", {f"p{at}": at for at in ports})
    assert all(value_at(found, "state", poll) is not None for poll in polls if gone is None or poll < gone)
    total = sum((period.end or after(500)).timestamp() - period.start.timestamp() for period in found)
    assert total == (found[-1].end or after(500)).timestamp() - after(0).timestamp()
