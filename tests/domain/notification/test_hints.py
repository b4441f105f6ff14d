"""Keystone, heat and most of neutron only say what to read again."""

from __future__ import annotations

from typing import Any

import pytest

from reporting_pollster.domain.notification import Meaning, meaning
from tests.domain.notification.samples import ASSIGNMENT, FLOATING_IP, PROJECT, STACK, means, sent

BASIC = {"resource_info": "aa11", "request_id": "req-1"}


def tables(found: Meaning) -> list[str]:
    assert (found.verdict, found.told) == ("applied", ())
    assert all(hint.key is None for hint in found.hints)
    return [hint.table for hint in found.hints]


@pytest.mark.parametrize("payload", [PROJECT["payload"], BASIC])
def test_a_changed_project_is_read_once_in_either_format(payload: dict[str, Any]) -> None:
    assert tables(meaning(sent(PROJECT, "identity.project.updated", payload=payload))) == ["project"]


def test_the_roles_on_a_deleted_project_are_read_again() -> None:
    assert tables(means(PROJECT, "identity.project.deleted")) == ["project", "role"]


def test_an_assignment_counts_when_it_succeeded() -> None:
    assert tables(means(ASSIGNMENT)) == ["role"]
    assert tables(means(ASSIGNMENT, "identity.role_assignment.deleted")) == ["role"]
    assert means(ASSIGNMENT, outcome="failure") == Meaning("ignored")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("project.created", ["project", "role"]),
        ("user.created", ["user"]),
        ("user.updated", ["user"]),
        ("user.deleted", ["user", "group_member", "role"]),
        ("group.created", ["user_group"]),
        ("group.updated", ["user_group", "group_member", "role"]),
        ("group.deleted", ["user_group", "group_member", "role"]),
        ("role.created", ["role"]),
        ("role.updated", ["role"]),
        ("role.deleted", ["role"]),
        ("domain.created", ["domain"]),
        ("domain.updated", ["domain", "project", "user"]),
        ("domain.deleted", ["domain", "project", "user", "user_group", "group_member", "role"]),
    ],
)
def test_identity_says_which_tables(event: str, expected: list[str]) -> None:
    assert tables(means(PROJECT, f"identity.{event}")) == expected


@pytest.mark.parametrize("event", ["create", "update", "delete", "suspend", "resume"])
def test_stacks_are_read_again(event: str) -> None:
    assert tables(means(STACK, f"orchestration.stack.{event}.end")) == ["stack"]
    assert means(STACK, f"orchestration.stack.{event}.start") == Meaning("ignored")
    assert meaning(sent(STACK, f"orchestration.stack.{event}.error", priority="ERROR")) == Meaning("ignored")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("network.create.end", ["network"]),
        ("network.update.end", ["network"]),
        ("network.delete.end", ["network"]),
        ("port.update.end", ["floating_ip"]),
        ("port.delete.end", ["floating_ip"]),
        ("router.update.end", ["floating_ip"]),
        ("router.delete.end", ["floating_ip"]),
    ],
)
def test_the_network_says_which_tables(event: str, expected: list[str]) -> None:
    assert tables(means(FLOATING_IP, event)) == expected


@pytest.mark.parametrize(
    "event",
    ["identity.authenticate", "identity.endpoint.created", "identity.OS-TRUST:trust.created", "port.create.end"],
)
def test_the_rest_is_not_needed(event: str) -> None:
    assert means(PROJECT, event) == Meaning("ignored")
