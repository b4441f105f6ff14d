"""What a client declared comes before what the sources tell, until they tell of a later change."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.timeline.declared import Declared, with_declared
from reporting_pollster.domain.timeline.period import Change, Period


class Values(NamedTuple):
    flavour: str
    state: str


def hour(number: int) -> datetime:
    return datetime(2024, 3, 1) + timedelta(hours=number)


def change(number: int | None) -> Change | None:
    return None if number is None else Change(hour(number), None, "row", "as read")


def period(start: int, end: int | None, flavour: str, state: str = "active") -> Period[Values]:
    return Period(hour(start), None if end is None else hour(end), Values(flavour, state), change(start), change(end))


def said(start: int, end: int | None, flavour: str, last_event: int | None = None) -> Declared:
    last = last_event if last_event is not None else end if end is not None else start
    return Declared(hour(start), None if end is None else hour(end), hour(last), flavour)


def shown(declared: Declared, values: Values | None) -> Values:
    return Values(declared.values, values.state if values else "active")


def told(found: list[Period[Values]], *declared: Declared) -> list[tuple[object, ...]]:
    """Hours, values and origins of the periods that come of it."""
    periods = with_declared(found, declared, lambda values: values.flavour, shown)

    def number(at: datetime | None) -> int | None:
        return None if at is None else int((at - hour(0)).total_seconds() // 3600)

    return [(number(each.start), number(each.end), *each.values, each.began.origin) for each in periods]


def test_without_a_declaration_nothing_changes() -> None:
    found = [period(1, 2, "small"), period(2, None, "large")]

    assert with_declared(found, [], lambda values: values.flavour, shown) is found


def test_what_no_source_knows_is_as_it_was_declared() -> None:
    assert told([], said(1, 3, "small"), said(3, None, "large")) == [
        (1, 3, "small", "active", "declared"),
        (3, None, "large", "active", "declared"),
    ]


def test_states_stay_as_the_sources_tell() -> None:
    found = [period(1, 4, "small"), period(4, 6, "small", "stopped"), period(6, None, "small")]

    assert told(found, said(1, 2, "small"), said(2, None, "large")) == [
        (1, 2, "small", "active", "declared"),
        (2, 4, "large", "active", "declared"),
        (4, 6, "large", "stopped", "row"),
        (6, None, "large", "active", "row"),
    ]


def test_a_later_change_of_the_sources_ends_what_was_declared() -> None:
    found = [period(1, 5, "small"), period(5, 7, "tiny"), period(7, None, "tiny", "stopped")]

    assert told(found, said(1, 2, "small"), said(2, None, "large")) == [
        (1, 2, "small", "active", "declared"),
        (2, 5, "large", "active", "declared"),
        (5, 7, "tiny", "active", "row"),
        (7, None, "tiny", "stopped", "row"),
    ]


def test_a_change_that_was_declared_earlier_is_no_news() -> None:
    found = [period(1, 3, "small"), period(3, None, "large")]

    assert told(found, said(1, 2, "small"), said(2, None, "large", last_event=4)) == [
        (1, 2, "small", "active", "declared"),
        (2, None, "large", "active", "declared"),
    ]
    assert told(found, said(1, 2, "small"), said(2, None, "large")) == [
        (1, 2, "small", "active", "declared"),
        (2, None, "large", "active", "declared"),
    ]


def test_the_end_that_the_sources_tell_ends_what_was_declared_to_go_on() -> None:
    assert told([period(1, 5, "small")], said(2, None, "large")) == [(2, 5, "large", "active", "declared")]
    assert told([period(1, 5, "small")], said(2, 6, "large")) == [
        (2, 6, "large", "active", "declared"),
    ]


def test_what_was_declared_to_have_ended_begins_again_only_with_a_change() -> None:
    assert told([period(1, None, "small")], said(1, 4, "small")) == [(1, 4, "small", "active", "declared")]
    assert told([period(1, 5, "small"), period(7, None, "small")], said(1, 4, "small")) == [
        (1, 4, "small", "active", "declared"),
        (7, None, "small", "active", "row"),
    ]


def test_what_was_declared_to_last_no_time_has_no_period() -> None:
    assert told([period(1, None, "small")], said(1, 1, "small")) == []
    assert told([], said(1, 3, "small"), said(3, 3, "tiny")) == [(1, 3, "small", "active", "declared")]


hours = st.lists(st.integers(0, 30), min_size=1, max_size=6, unique=True).map(sorted)


def course(times: list[int], words: list[str], make: object) -> list[object]:
    ends = [*times[1:], None]
    return [make(start, end, word) for start, end, word in zip(times, ends, words, strict=False)]


@given(hours, hours, st.lists(st.sampled_from("ab"), min_size=12, max_size=12), st.integers(0, 40))
def test_periods_never_overlap_and_have_no_gaps_that_nobody_told(
    sources: list[int], clients: list[int], words: list[str], last: int
) -> None:
    found = course(sources, words, period)
    declared = course(clients, words[6:], said)
    declared[-1] = declared[-1]._replace(last_event=hour(max(last, clients[-1])))

    periods = with_declared(found, declared, lambda values: values.flavour, shown)

    assert periods[0].start == hour(clients[0])
    assert all(one.end == other.start and one.finished == other.began for one, other in pairwise(periods))
    assert all(each.end is None or each.start < each.end for each in periods)
    assert periods[-1].end is None
