"""A message is taken out of either envelope, or put aside with a reason and an id."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting_pollster.domain.notification import Malformed, decode
from tests.domain.notification.samples import LEGACY, wrapped

AT = datetime(2026, 3, 1, 10, 0, 0)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in LEGACY.items() if key != name}


def refused(body: bytes | str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        decode(body)
    return caught.value


def test_both_formats_give_the_same() -> None:
    plain = json.dumps(LEGACY)

    assert decode(plain) == decode(plain.encode()) == decode(wrapped(LEGACY)) == decode(wrapped(LEGACY, "2.7"))


def test_all_parts_of_the_envelope_are_read() -> None:
    notification = decode(wrapped(LEGACY | {"priority": "info"}))

    assert notification.message_id == "5d0c7b1e-0001-4b7e-9f00-000000000001"
    assert notification.event_type == "compute.instance.create.end"
    assert (notification.publisher_id, notification.priority) == ("compute.cmp1", "INFO")
    assert notification.sent == datetime(2026, 3, 1, 10, 0, 41, 120000)
    assert notification.payload == LEGACY["payload"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff{}", "the body is not UTF-8"),
        (b"", "the body is not JSON"),
        (b"hush", "the body is not JSON"),
        (b'{"payload": NaN}', "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[1]", "the body is not an object"),
        (b'"hush"', "the body is not an object"),
        (b'{"oslo.version": "2.0"}', "oslo.message is not text"),
        (b'{"oslo.version": "2.0", "oslo.message": {"message_id": "hush"}}', "oslo.message is not text"),
        (b'{"oslo.version": "2.0", "oslo.message": "hush"}', "oslo.message is not JSON"),
        (b'{"oslo.version": "2.0", "oslo.message": "[]"}', "oslo.message is not an object"),
        (wrapped(LEGACY, "3.0"), "not version 2 of the message format"),
        (wrapped(LEGACY, "22.0"), "not version 2 of the message format"),
        (wrapped(LEGACY, None), "not version 2 of the message format"),
        (wrapped(LEGACY, ["hush"]), "not version 2 of the message format"),
        (wrapped(without("event_type")), "no event_type"),
        (wrapped(LEGACY | {"event_type": 7}), "no event_type"),
        (wrapped(LEGACY | {"event_type": "hush" * 100}), "no usable event_type"),
        (wrapped(LEGACY | {"priority": ["hush"]}), "priority is not text"),
        (wrapped(without("timestamp")), "timestamp is not a time"),
        (wrapped(LEGACY | {"timestamp": "hush"}), "timestamp is not a time"),
        (wrapped(LEGACY | {"timestamp": 1772359241}), "timestamp is not a time"),
        (wrapped(LEGACY | {"timestamp": "0001-01-01 00:00:00+01:00"}), "timestamp is not a time"),
        (wrapped(LEGACY | {"timestamp": "9999-12-31 23:59:59-01:00"}), "timestamp is not a time"),
        (wrapped(LEGACY | {"timestamp": "2026-02-30 00:00:00"}), "timestamp is not a time"),
    ],
)
def test_a_message_that_is_none_is_refused_without_its_content(body: bytes, reason: str) -> None:
    error = refused(body)

    assert error.reason == reason
    assert "hush" not in str(error)
    assert error.message_id


def test_a_fault_behind_the_id_keeps_the_id() -> None:
    assert refused(wrapped(LEGACY | {"timestamp": "?"})).message_id == LEGACY["message_id"]


@pytest.mark.parametrize("message_id", [None, "", "  ", " a", 7, ["x"], "x" * 65, "a\0", "\ud800", "body-mine"])
def test_without_a_usable_id_one_is_made_of_the_body(message_id: object) -> None:
    error = refused(wrapped(LEGACY | {"message_id": message_id}))
    again = refused(wrapped(LEGACY | {"message_id": message_id}))
    other = refused(wrapped(LEGACY | {"message_id": message_id, "publisher_id": "compute.cmp2"}))

    assert error.reason == "no usable message_id"
    assert error.message_id == again.message_id != other.message_id
    assert error.message_id is not None
    assert error.message_id.startswith("body-")
    assert len(error.message_id) == 36


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 10:00:00",
        "2026-03-01T10:00:00",
        "2026-03-01 10:00:00Z",
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:00:00+00:00",
        "2026-03-01 10:00:00+0000",
        "2026-03-01T12:00:00+02:00",
        "2026-03-01 10:00:00.000000",
        "2026-03-01T10:00:00.000000+0000",
    ],
)
def test_every_form_of_a_date_is_the_same_time(text: str) -> None:
    assert decode(wrapped(LEGACY | {"timestamp": text})).sent == AT


@pytest.mark.parametrize(("text", "micros"), [(".4", 400000), (".415000Z", 415000), (".0000019+0000", 1)])
def test_a_fraction_of_the_time_of_sending_is_kept(text: str, micros: int) -> None:
    assert decode(wrapped(LEGACY | {"timestamp": f"2026-03-01T10:00:00{text}"})).sent == AT.replace(microsecond=micros)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_far_off_years_are_years(year: str) -> None:
    assert decode(wrapped(LEGACY | {"timestamp": f"{year}-06-01 00:00:00"})).sent.year == int(year)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = LEAVES | st.lists(LEAVES, max_size=2)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*LEGACY, "oslo.version", "oslo.message"]), JSON))
def test_no_envelope_raises_anything_else(changes: dict[str, Any]) -> None:
    for body in (json.dumps(LEGACY | changes), wrapped(LEGACY | changes)):
        try:
            notification = decode(body)
        except Malformed as error:
            assert error.message_id  # noqa: PT017
        else:
            assert 0 < len(notification.message_id) <= 64
            assert len(notification.publisher_id) <= 255
            assert len(notification.priority) <= 16


@given(st.binary() | st.text())
def test_no_body_raises_anything_else(body: bytes | str) -> None:
    with pytest.raises(Malformed):
        decode(body)
