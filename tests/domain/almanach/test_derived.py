"""Entries from periods, and what follows on entries that were declared."""

from __future__ import annotations

from datetime import datetime, timedelta

from reporting_pollster.domain.almanach.derived import (
    Attached,
    Attachment,
    attachment_course,
    derived_entries,
    with_following,
)
from tests.domain.almanach.test_rule import at, instance, told, volume


def test_periods_with_the_same_properties_are_one_entry() -> None:
    pieces = [
        instance("01 10:00", "01 11:00", processed=at("02 00:00")),
        instance("01 11:00", "01 12:00", processed=at("03 00:00")),
        instance("01 12:00", "01 13:00", flavor="large"),
        instance("01 14:00", flavor="large"),
    ]

    entries = derived_entries(pieces)

    assert told(entries, "flavor", "last_event") == [
        ("01 10:00", "01 12:00", "small", at("01 12:00")),
        ("01 12:00", "01 13:00", "large", at("01 13:00")),
        ("01 14:00", None, "large", at("01 14:00")),
    ]
    assert entries[0].processed == at("03 00:00")


def test_an_open_entry_had_its_last_event_when_it_began() -> None:
    [entry] = derived_entries([instance("01 10:00", "01 11:00"), instance("01 11:00")])

    assert (entry.end, entry.last_event) == (None, at("01 11:00"))


def test_the_properties_of_the_image_split_entries() -> None:
    course = [(at("01 10:00"), {"distro": "a"}), (at("02 10:00"), {"distro": "b"})]

    entries = derived_entries([instance("01 09:00")], image_meta=course)

    assert told(entries, "image_meta") == [
        ("01 09:00", "02 10:00", {"distro": "a"}),
        ("02 10:00", None, {"distro": "b"}),
    ]


def test_attachments_split_entries() -> None:
    course = attachment_course(
        [Attachment("i1", at("01 11:00"), at("01 13:00")), Attachment("i2", at("01 12:00"), None)], []
    )

    entries = derived_entries([volume("01 10:00")], attached_to=course)

    assert told(entries, "attached_to") == [
        ("01 10:00", "01 11:00", ()),
        ("01 11:00", "01 12:00", ("i1",)),
        ("01 12:00", "01 13:00", ("i1", "i2")),
        ("01 13:00", None, ("i2",)),
    ]


def test_events_tell_of_attachments_that_no_row_has_yet() -> None:
    row = Attachment("i1", at("01 11:00"), None)
    told_again = Attached(at("01 11:00") - timedelta(seconds=5), ("i1",))

    def course(*events: Attached) -> list[tuple[datetime, tuple[str, ...]]]:
        return list(attachment_course([row], events))[1:]

    assert course(told_again) == [(at("01 11:00"), ("i1",))]
    assert course(told_again, Attached(at("01 12:00"), ("i1", "i2"))) == [
        (at("01 11:00"), ("i1",)),
        (at("01 12:00"), ("i1", "i2")),
    ]
    assert course(Attached(at("01 12:00"), ())) == [(at("01 11:00"), ("i1",)), (at("01 12:00"), ())]


def test_what_was_declared_holds_until_the_sources_tell_of_a_later_change() -> None:
    declared = [instance("01 10:00", "01 12:00"), instance("01 12:00", flavor="large")]

    unchanged = with_following(declared, [instance("01 10:05")])
    changed = with_following(declared, [instance("01 10:05", "01 14:00"), instance("01 14:00", flavor="tiny")])
    confirmed = with_following(declared, [instance("01 10:05", "01 12:01"), instance("01 12:01", flavor="large")])
    ended = with_following(declared, [instance("01 10:05", "01 15:00")])

    assert unchanged == declared
    assert told(changed, "flavor")[1:] == [("01 12:00", "01 14:00", "large"), ("01 14:00", None, "tiny")]
    assert told(confirmed, "flavor")[1:] == [("01 12:00", None, "large")]
    assert told(ended, "flavor")[1:] == [("01 12:00", "01 15:00", "large")]


def test_what_was_declared_to_have_ended_stays_so_unless_it_begins_again() -> None:
    declared = [instance("01 10:00", "01 12:00")]

    assert with_following(declared, [instance("01 10:00", "01 13:00")]) == declared
    assert told(with_following(declared, [instance("01 10:00", "01 13:00"), instance("01 14:00")])) == [
        ("01 10:00", "01 12:00"),
        ("01 14:00", None),
    ]
