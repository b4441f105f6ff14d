"""Every event type has one meaning, and no payload can do harm."""

from __future__ import annotations

import contextlib
import importlib
import json
import pkgutil
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Integer, String, Text

from reporting_pollster.domain import notification as package
from reporting_pollster.domain.notification import Hint, Malformed, Meaning, Notification, meaning
from reporting_pollster.domain.notification.column import COLUMNS
from reporting_pollster.domain.notification.registry import events
from reporting_pollster.events import event_kinds
from tests.domain.notification import samples
from tests.domain.notification.samples import LEGACY, sent

SERVICES = [
    module
    for name in pkgutil.iter_modules(package.__path__)
    if hasattr(module := importlib.import_module(f"{package.__name__}.{name.name}"), "EVENTS")
]
SAMPLES = [value for value in vars(samples).values() if isinstance(value, dict) and "event_type" in value]


def test_the_services_are_found() -> None:
    names = sorted(service.__name__.rpartition(".")[2] for service in SERVICES)

    assert names == ["cinder", "glance", "heat", "keystone", "neutron", "nova_legacy", "nova_versioned"]
    assert events().keys() == {event for service in SERVICES for event in service.EVENTS}


def test_nothing_is_known_to_two_services_but_what_both_formats_of_nova_share() -> None:
    known = [event for service in SERVICES for event in service.EVENTS]

    twice = {event for event in known if known.count(event) > 1}
    assert twice == {"aggregate.create.end", "aggregate.delete.end", "aggregate.cache_images.end"}


def test_no_known_event_is_a_phase_that_is_not_over() -> None:
    assert not [event for event in events() if event.endswith((".start", ".error"))]


def test_a_phase_that_is_not_over_is_ignored() -> None:
    for event in events():
        begun = f"{event.removesuffix('.end')}.start"
        assert meaning(sent(LEGACY, begun)) == Meaning("ignored")


def test_an_error_is_information() -> None:
    for event in ("compute.instance.create.error", "compute.instance.delete.end", "a_method_of_nova"):
        assert meaning(sent(LEGACY, event, priority="ERROR")) == Meaning("ignored")


@pytest.mark.parametrize("event", ["", "magnum.cluster.create.end", "compute.instance.dream.end", "dream.start", "end"])
def test_what_nobody_knows_is_unknown(event: str) -> None:
    assert meaning(sent(LEGACY)._replace(event_type=event)) == Meaning("unknown")


@pytest.mark.parametrize("payload", [None, "", "text", 7, [], [{}], True])
def test_a_payload_that_is_no_object_is_ignored(payload: object) -> None:
    for event in events():
        assert meaning(sent(LEGACY, event, payload=payload)) == Meaning("ignored")


TABLES = {
    *("instance", "volume", "volume_attachment", "volume_type", "snapshot", "backup", "image", "floating_ip"),
    *("network", "stack", "flavour", "aggregate", "aggregate_host", "service"),
    *("project", "user", "user_group", "group_member", "role", "domain"),
}
KINDS: dict[str, type] = {
    "id": str,
    "word": str,
    "number": int,
    "moment": datetime,
    "document": dict,
    "ids": list,
}


def test_what_is_told_fits_the_tables_that_keep_it() -> None:
    """Values for a column that is narrower than we think would stop a whole transaction."""
    assert event_kinds().keys() == COLUMNS.keys()
    for resource, kind in event_kinds().items():
        columns = COLUMNS[resource]
        assert set(kind.columns) - {"deleted"} == columns.keys() - {"id", "deleted"}
        for name, column in columns.items():
            kept = kind.target.c[name].type
            if isinstance(kept, String) and not isinstance(kept, Text):
                assert (resource, name, kept.length) == (resource, name, column.length)
            if isinstance(kept, Integer):
                assert (resource, name, isinstance(kept, BigInteger)) == (resource, name, column.maximum > 2**31)


def is_promised(found: Meaning) -> bool:
    for told in found.told:
        assert isinstance(told.exact, frozenset)
        assert told.exact <= told.values.keys()
        assert told.id
        assert len(told.id) <= 36
        for at in (told.at, *(value for value in told.values.values() if isinstance(value, datetime))):
            assert (at.microsecond, at.tzinfo) == (0, None)
        columns = dict(COLUMNS[told.resource])
        columns.setdefault("deleted", COLUMNS["instance"]["deleted"])
        for name, value in told.values.items():
            assert name != "id"
            assert isinstance(value, KINDS[columns[name].kind]) or (value is None and columns[name].clears)
            assert not isinstance(value, str) or len(value.encode()) <= 4 * columns[name].length
            json.dumps(value, allow_nan=False, default=str).encode()
    for hint in found.hints:
        assert isinstance(hint, Hint)
        assert hint.table in TABLES
        assert hint.key is None or 0 < len(hint.key) <= 36
    return True


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


KEYS = sorted(
    keys_of([sample["payload"] for sample in SAMPLES])
    | {"floatingips", "audit_period_ending", "old_state", "old_display_name", "state_update", "backup_id", "image_id"}
)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        [
            *(
                "",
                "x" * 300,
                "a\0",
                "\ud800",
                "0000-00-00 00:00:00",
                "9999-12-31T23:59:59-01:00",
                "2026-03-01",
                10**400,
            ),
            *("0001-01-01T00:00:00Z", "True", "deleted", "attached", "failure", "7"),
        ]
    ),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(KEYS), some, max_size=3),
    max_leaves=6,
)


@st.composite
def disturbed(draw: st.DrawFn) -> Notification:
    """A sample as any known event, with a few values replaced at any depth."""
    notification = sent(draw(st.sampled_from(SAMPLES)), draw(st.sampled_from(sorted(events()))))
    for _ in range(draw(st.integers(0, 3))):
        place = notification.payload
        while draw(st.booleans()):
            inner = [value for value in place.values() if isinstance(value, dict)]
            if not inner:
                break
            place = draw(st.sampled_from(inner))
        place[draw(st.sampled_from(sorted(place) or KEYS))] = draw(VALUES)
    return notification


@settings(max_examples=400, deadline=None)
@given(disturbed())
def test_no_disturbed_payload_raises_anything_else(notification: Notification) -> None:
    try:
        found = meaning(notification)
    except Malformed as error:
        assert error.message_id == notification.message_id  # noqa: PT017
    else:
        assert is_promised(found)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8))
def test_no_random_payload_of_any_event_raises_anything_else(payload: dict[str, Any]) -> None:
    for event in events():
        try:
            found = meaning(sent(LEGACY)._replace(event_type=event, payload=payload))
        except Malformed as error:
            assert error.reason  # noqa: PT017
        else:
            assert is_promised(found)


def test_a_value_nested_deeper_than_any_message_raises_nothing_else() -> None:
    deep: list[Any] = []
    for _ in range(20_000):
        deep = [deep]
    notification = sent(LEGACY)

    for event in events():
        for sample in SAMPLES:
            payload = dict.fromkeys([*sample["payload"], "old_state", "old_display_name"], deep)
            for each in (payload, {"nova_object.data": payload}):
                with contextlib.suppress(Malformed):
                    meaning(notification._replace(event_type=event, payload=each))


def test_every_known_event_means_something_of_the_sample_of_its_service() -> None:
    applied = set()
    for sample in SAMPLES:
        for event in events():
            try:
                applied |= {event} if meaning(sent(sample, event)).verdict == "applied" else set()
            except Malformed:
                continue

    assert events().keys() - applied == {f"image.member.{name}" for name in ("create", "update", "delete")} | {
        f"backup.{name}" for name in ("create.end", "delete.end", "restore.end", "reset_status.end", "exists")
    }
