"""What neutron's notifications tell of floating IPs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from reporting_pollster.domain.notification import Hint, Malformed, Meaning, Told, meaning
from tests.domain.notification.samples import FLOATING_IP, means, sent

SENT = datetime(2026, 3, 4, 12)
CREATED = datetime(2026, 3, 1, 12)
VALUES = {"project_id": "aa11", "address": "203.0.113.9", "port_id": None, "created": CREATED}


def shown(**changes: Any) -> dict[str, Any]:
    return FLOATING_IP["payload"]["floatingip"] | changes


def found(event: str, payload: dict[str, Any]) -> Meaning:
    return meaning(sent(FLOATING_IP, f"floatingip.{event}", payload=payload))


def test_an_end_is_when_it_was_told() -> None:
    told = Told("floating_ip", "f1", SENT, "delete", frozenset({"deleted"}), VALUES | {"deleted": SENT})

    assert means(FLOATING_IP) == Meaning("applied", (told,), (Hint("floating_ip", None),))


@pytest.mark.parametrize("payload", [{"floatingip_id": "f1", "floatingip": {}}, {"floatingip_id": "f1"}])
def test_an_end_is_known_by_the_id_alone(payload: dict[str, Any]) -> None:
    (told,) = found("delete.end", payload).told

    assert (told.id, told.at, told.values) == ("f1", SENT, {"deleted": SENT})


def test_a_creation_tells_everything_from_its_beginning() -> None:
    (told,) = found("create.end", {"floatingip": shown()}).told

    assert told == Told("floating_ip", "f1", CREATED, "create", frozenset(VALUES), VALUES)


def test_a_creation_in_bulk_tells_each() -> None:
    facts = found("create.end", {"floatingips": [shown(), shown(id="f2", created_at=None)]}).told

    assert [(told.id, told.at) for told in facts] == [("f1", CREATED), ("f2", SENT)]


def test_an_update_tells_the_port() -> None:
    (led,) = found("update.end", {"floatingip": shown(port_id="p1")}).told
    (freed,) = found("update.end", {"floatingip": shown()}).told

    assert (led.exact, led.at, led.values["port_id"]) == ({"port_id"}, SENT, "p1")
    assert (freed.exact, freed.values["port_id"]) == ({"port_id"}, None)


def test_an_audit_shows_what_is() -> None:
    (told,) = found("exists", {"floatingip": shown()}).told

    assert (told.event, told.at, told.exact, told.values) == ("exists", SENT, frozenset(), VALUES)


def test_the_older_word_for_the_project_counts_as_well() -> None:
    (old,) = found("exists", {"floatingip": {"id": "f1", "tenant_id": "aa11"}}).told
    (both,) = found("exists", {"floatingip": {"id": "f1", "tenant_id": "aa11", "project_id": ""}}).told

    assert old.values == both.values == {"project_id": "aa11"}


@pytest.mark.parametrize(
    "payload", [{}, {"floatingip": {}}, {"floatingip": "hush"}, {"floatingips": ["hush"]}, {"floatingips": []}]
)
def test_one_without_an_id_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        found("create.end", payload)

    assert "hush" not in str(caught.value)
