"""What writes make of entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.almanach.entry import Entries, Entry, are_sound
from reporting_pollster.domain.almanach.rule import (
    Correction,
    NoEntry,
    SeveralEntries,
    attached,
    changed,
    corrected,
    corrected_between,
    created,
    deleted,
    detached,
)
from reporting_pollster.errors import PollsterError, WrongParameter

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2024-03-{text}")


def instance(start: str, end: str | None = None, **values: object) -> Entry:
    last = at(end or start)
    return Entry("instance", "i1", "p1", at(start), end and at(end), last, flavor="small")._replace(**values)


def volume(start: str, end: str | None = None, **values: object) -> Entry:
    return instance(start, end, kind="volume", flavor=None, size=1)._replace(**values)


def told(entries: Entries, *names: str) -> list[tuple[object, ...]]:
    """Start, end and some properties, times short."""

    def short(value: datetime | None) -> str | None:
        return None if value is None else value.strftime("%d %H:%M")

    return [(short(each.start), short(each.end), *(getattr(each, name) for name in names)) for each in entries]


def test_a_repeated_create_opens_no_second_entry() -> None:
    once = created([], instance("01 10:00"))

    twice = created(once, instance("01 10:00", flavor="large"))

    assert told(twice, "flavor") == [("01 10:00", None, "large")]


def test_a_create_is_nothing_when_something_later_is_known() -> None:
    once = [instance("01 10:00", last_event=at("01 12:00"))]

    assert created(once, instance("01 11:00")) == once
    assert created([instance("01 10:00", "01 12:00")], instance("01 11:00")) == [instance("01 10:00", "01 12:00")]


def test_a_later_create_ends_what_was_open() -> None:
    assert told(created([instance("01 10:00")], instance("01 11:00"))) == [
        ("01 10:00", "01 11:00"),
        ("01 11:00", None),
    ]


def test_a_change_ends_the_entry_and_begins_another() -> None:
    both = changed([instance("01 10:00")], at("02 10:00"), flavor="large")

    assert told(both, "flavor") == [("01 10:00", "02 10:00", "small"), ("02 10:00", None, "large")]
    assert [each.last_event for each in both] == [at("02 10:00"), at("02 10:00")]
    assert changed(both, at("03 10:00"), flavor="large") == both


def test_a_late_change_belongs_to_its_date_and_holds_until_the_next_one() -> None:
    entries = [instance("01 10:00", "02 10:00"), instance("02 10:00", "03 10:00", name="other")]
    entries += [instance("03 10:00", flavor="large")]

    after = changed(entries, at("01 12:00"), flavor="tiny")

    assert told(after, "flavor") == [
        ("01 10:00", "01 12:00", "small"),
        ("01 12:00", "02 10:00", "tiny"),
        ("02 10:00", "03 10:00", "tiny"),
        ("03 10:00", None, "large"),
    ]


def test_a_change_before_the_beginning_holds_from_the_beginning() -> None:
    assert told(changed([instance("01 10:00")], at("01 09:00"), flavor="tiny"), "flavor") == [
        ("01 10:00", None, "tiny")
    ]


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ("03 12:00", [("01 10:00", "02 10:00"), ("02 10:00", "03 12:00")]),
        ("02 10:00", [("01 10:00", "02 10:00"), ("02 10:00", "02 10:00")]),
        ("01 12:00", [("01 10:00", "01 12:00")]),
        ("01 09:00", [("01 10:00", "01 10:00")]),
    ],
)
def test_a_deletion_ends_what_was_and_takes_away_what_came_later(when: str, left: list[tuple[str, str]]) -> None:
    entries = [instance("01 10:00", "02 10:00"), instance("02 10:00", flavor="large")]

    assert told(deleted(entries, at(when))) == left


def test_what_does_not_go_on_cannot_end_or_change() -> None:
    with pytest.raises(NoEntry):
        deleted([instance("01 10:00", "01 11:00")], at("01 12:00"))
    with pytest.raises(NoEntry):
        changed([], at("01 12:00"), flavor="large")


def test_the_short_tail_of_a_deleted_volume_never_was() -> None:
    entries = [volume("01 10:00", "01 12:00", attached_to=("i1",)), volume("01 12:00")]
    soon = at("01 12:00") + timedelta(seconds=30)

    assert told(deleted(entries, soon, MINUTE)) == [("01 10:00", "01 12:00")]
    assert told(deleted(entries, at("01 12:01"), MINUTE)) == [("01 10:00", "01 12:00"), ("01 12:00", "01 12:01")]
    assert [each.end for each in deleted(entries[1:], soon, MINUTE)] == [soon]


def test_attaching_begins_an_entry_unless_it_is_soon_or_not_the_first() -> None:
    fresh = [volume("01 10:00")]

    soon = attached(fresh, at("01 10:00") + timedelta(seconds=59), ["i1"], MINUTE)
    late = attached(fresh, at("01 10:40"), ["i1"], MINUTE)
    more = attached(late, at("01 11:00"), ["i1", "i2", "i1"], MINUTE)
    before = attached(fresh, at("01 09:00"), ["i1"], MINUTE)

    assert told(soon, "attached_to") == [("01 10:00", None, ("i1",))]
    assert told(late, "attached_to") == [("01 10:00", "01 10:40", ()), ("01 10:40", None, ("i1",))]
    assert told(more, "attached_to") == [("01 10:00", "01 10:40", ()), ("01 10:40", None, ("i1", "i2"))]
    assert more[-1].last_event == at("01 11:00")
    assert told(before, "attached_to") == [("01 10:00", None, ("i1",))]


def test_detaching_begins_an_entry_when_nothing_is_left() -> None:
    entries = [volume("01 10:00", attached_to=("i1", "i2"))]

    one_left = detached(entries, at("01 11:00"), ["i2"], MINUTE)
    none_left = detached(one_left, at("01 12:00"), [], MINUTE)

    assert told(one_left, "attached_to") == [("01 10:00", None, ("i2",))]
    assert told(none_left, "attached_to") == [("01 10:00", "01 12:00", ("i2",)), ("01 12:00", None, ())]
    assert detached(none_left, at("01 13:00"), [], MINUTE) == none_left


def test_the_open_entry_is_put_right() -> None:
    entries = [instance("01 10:00", "02 10:00"), instance("02 10:00")]

    right = corrected(entries, Correction(flavor="large", start=at("02 11:00")))

    assert told(right, "flavor") == [("01 10:00", "02 10:00", "small"), ("02 11:00", None, "large")]


@pytest.mark.parametrize("wrong", [Correction(), Correction(start=at("01 12:00")), Correction(end=at("02 09:00"))])
def test_a_correction_that_makes_no_sense_is_refused(wrong: Correction) -> None:
    with pytest.raises(WrongParameter):
        corrected([instance("01 10:00", "02 10:00"), instance("02 10:00")], wrong)


def test_of_closed_entries_exactly_one_is_put_right() -> None:
    entries = [instance("01 10:00", "02 10:00"), instance("02 10:00", "03 10:00"), instance("03 10:00")]
    named = Correction(name="new")

    right, entry = corrected_between(entries, at("01 00:00"), at("02 12:00"), named)

    assert [each.name for each in right] == ["new", None, None]
    assert entry.name == "new"
    with pytest.raises(SeveralEntries):
        corrected_between(entries, at("01 00:00"), at("04 00:00"), named)
    with pytest.raises(NoEntry):
        corrected_between(entries, at("03 00:00"), at("04 00:00"), named)


moments = st.integers(0, 200).map(lambda number: at("01 00:00") + number * timedelta(seconds=25))
few = st.lists(st.sampled_from(["i1", "i2"]), max_size=2)
names = st.sampled_from(["a", "b", "c"])
writes = st.one_of(
    st.tuples(st.just("create"), moments, names),
    st.tuples(st.just("delete"), moments),
    st.tuples(st.just("change"), moments, names),
    st.tuples(st.just("attach"), moments, few),
    st.tuples(st.just("detach"), moments, few),
    st.tuples(st.just("correct"), st.none() | moments, st.none() | moments),
    st.tuples(st.just("between"), moments, moments, st.none() | moments, st.none() | moments),
)


def write(entries: Entries, name: str, *what: object) -> Entries:
    match name:
        case "create":
            return created(entries, volume("01 00:00")._replace(start=what[0], last_event=what[0], name=what[1]))
        case "delete":
            return deleted(entries, what[0], MINUTE)
        case "change":
            return changed(entries, what[0], volume_type=what[1])
        case "attach":
            return attached(entries, what[0], what[1], MINUTE)
        case "detach":
            return detached(entries, what[0], what[1], MINUTE)
        case "correct":
            return corrected(entries, Correction(start=what[0], end=what[1]))
        case _:
            return corrected_between(entries, what[0], what[1], Correction(start=what[2], end=what[3]))[0]


@given(st.lists(writes, max_size=25))
def test_no_writes_make_two_open_entries_or_negative_ones_or_overlaps(sequence: Sequence[tuple[object, ...]]) -> None:
    entries: Entries = []

    for name, *what in sequence:
        try:
            entries = write(entries, name, *what)
        except PollsterError:
            continue

        assert are_sound(entries), (name, what)
        assert sum(each.end is None for each in entries) <= 1
