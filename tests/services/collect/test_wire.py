"""What comes over the wire is understood, stored once, and acknowledged, whatever it is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from reporting_pollster.services.collect.message import body_of
from tests.domain.notification.samples import wrapped
from tests.services.collect.collecting import Ours
from tests.services.collect.sending import Cloud, body, inner, instance, text, uuid


def test_both_formats_say_the_same_on_every_database(services: Cloud, ready_store_url: str) -> None:
    ours = Ours(services.broker.url(services.virtual_host), ready_store_url)
    services.notifier(driver="messagingv2").info({}, "compute.instance.create.end", instance(1))
    services.notifier(driver="messaging").info({}, "compute.instance.create.end", instance(2))

    assert ours.collect(2) == {"received": 2, "applied": 2}

    one, two = ours.rows("instance_event")
    assert (one.pop("id"), two.pop("id")) == (uuid(1), uuid(2))
    assert (one["project_id"], one["vm_state"], str(one["happened"])) == ("aa11", "active", "2026-03-01 10:00:00")
    for row in (one, two):
        del row["message_id"], row["name"], row["known_from"]
    assert one == two
    assert services.left() == 0


def test_another_version_of_the_format_is_parked(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(wrapped(inner(1), version="3.0"))

    assert ours().collect(1) == {"received": 1, "parked": 1}

    (row,) = ours().rows("notification")
    assert row["reason"] == "not version 2 of the message format"
    assert json.loads(row["body"])["oslo.version"] == "3.0"


def test_whatever_it_is_is_counted_and_acknowledged(services: Cloud, ready_store_url: str) -> None:
    ours = Ours(services.broker.url(services.virtual_host), ready_store_url)
    services.publish(
        *(wrapped(inner(1, "image.upload", payload="Error in store", priority="ERROR")), wrapped(inner(2, "sandwich"))),
        *(wrapped(inner(3, "image.activate", payload="Error in store")), wrapped(inner(4, payload={"instance_id": 7}))),
        text({"oslo.version": "2.0", "oslo.message": "{not json"}),
        *_STRANGE,
        body(9),
    )

    counted = ours.collect(6 + len(_STRANGE))

    parked = 2 + len(_STRANGE)
    assert counted == {"received": 6 + len(_STRANGE), "applied": 1, "ignored": 2, "unknown": 1, "parked": parked}
    assert services.left() == 0
    rows = [row for row in ours.rows("notification") if row["verdict"] == "parked"]
    assert all(row["reason"] for row in rows)
    kept = {body_of(row["body"]) for row in rows}
    assert kept >= set(_STRANGE)


_STRANGE = (
    b"",
    b"\xff\x00\xfe",
    b"\0",
    b'{"a": "\\ud800"}',
    b"base64:not it",
    b"[" * 100_000,
    b'"' + b"x" * 5_000_000 + b'"',
)


def test_the_same_message_on_two_topics_is_applied_once(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.notifier(topics=("reporting", "ours")).info({}, "compute.instance.create.end", instance(1))

    assert ours(topics=("reporting", "ours")).collect(2) == {"received": 2, "applied": 1, "duplicates": 1}

    assert ours().count("instance_event") == ours().count("notification") == 1


def test_a_message_that_comes_again_later_changes_nothing(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(body(1), body(2), body(1))
    assert ours().collect(3) == {"received": 3, "applied": 2, "duplicates": 1}
    before = ours().rows("instance_event")

    services.publish(body(2), body(1), body(3))
    assert ours().collect(3) == {"received": 3, "applied": 1, "duplicates": 2}

    assert ours().rows("instance_event")[:2] == before


def test_who_asked_is_not_who_owns(services: Cloud, ours: Callable[..., Ours]) -> None:
    context = {"_context_project_id": "an administrator's", "_context_auth_token": "hush-hush"}
    services.publish(wrapped(inner(1) | context), wrapped(inner(2)))

    ours().collect(2)

    assert [row["project_id"] for row in ours().rows("instance_event")] == ["aa11", "aa11"]
    assert not [row for row in ours().rows("notification") if "hush" in row["body"] or "_context" in row["body"]]


@pytest.mark.parametrize("packed_by", ["gzip", "bzip2"])
def test_packed_messages_are_unpacked(services: Cloud, ours: Callable[..., Ours], packed_by: str) -> None:
    notifier = services.notifier(kombu_compression=packed_by)
    notifier.info({}, "compute.instance.create.end", instance(1))

    assert ours().collect(1) == {"received": 1, "applied": 1}


def test_errors_of_services_are_no_usage_and_no_second_try(services: Cloud, ours: Callable[..., Ours]) -> None:
    notifier = services.notifier()
    notifier.error({}, "compute.instance.create.end", instance(1))
    notifier.info({}, "compute.instance.create.end", instance(2))

    assert ours(priorities=("info", "error")).collect(2) == {"received": 2, "applied": 1, "ignored": 1}

    assert [row["id"] for row in ours().rows("instance_event")] == [uuid(2)]


def test_what_a_message_names_is_to_be_read_again_once(services: Cloud, ours: Callable[..., Ours]) -> None:
    services.publish(body(1), body(2), body(3, payload=instance(1)))

    ours().collect(3)

    hints = [(row["table_name"], row["row_key"]) for row in ours().rows("hint")]
    assert sorted(hints) == [("instance", uuid(1)), ("instance", uuid(2))]
