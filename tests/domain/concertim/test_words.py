"""Statuses and names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.concertim import names, status


@pytest.mark.parametrize(
    ("vm_state", "task_state", "expected"),
    [
        ("active", None, "ACTIVE"),
        ("rescued", None, "ACTIVE"),
        ("resized", None, "ACTIVE"),
        ("active", "rebooting", "IN_PROGRESS"),
        ("building", None, "IN_PROGRESS"),
        ("stopped", "", "STOPPED"),
        ("shelved_offloaded", None, "STOPPED"),
        ("paused", None, "SUSPENDED"),
        ("suspended", None, "SUSPENDED"),
        ("error", None, "FAILED"),
        ("error", "deleting", "IN_PROGRESS"),
        ("deleted", None, "GONE"),
        ("soft-delete", "restoring", "GONE"),
        ("quantum", None, None),
        (None, None, None),
    ],
)
def test_an_instance_is_in_its_state(vm_state: str | None, task_state: str | None, expected: str | None) -> None:
    assert status.of_instance(vm_state, task_state) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("in-use", "ACTIVE"),
        ("available", "AVAILABLE"),
        ("error", "FAILED"),
        ("error_deleting", "FAILED"),
        ("reserved", "IN_PROGRESS"),
        ("retyping", "IN_PROGRESS"),
        ("folded", None),
        (None, None),
    ],
)
def test_a_volume_is_in_its_state(word: str | None, expected: str | None) -> None:
    assert status.of_volume(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("ACTIVE", "ACTIVE"), ("DOWN", "STOPPED"), ("BUILD", "IN_PROGRESS"), ("ERROR", "FAILED"), ("?", None)],
)
def test_a_network_is_in_its_state(word: str, expected: str | None) -> None:
    assert status.of_network(word) == expected


@pytest.mark.parametrize(
    ("action", "outcome", "expected"),
    [
        ("CREATE", "COMPLETE", "ACTIVE"),
        ("UPDATE", "COMPLETE", "ACTIVE"),
        ("CHECK", "FAILED", "FAILED"),
        ("RESUME", "IN_PROGRESS", "IN_PROGRESS"),
        ("DELETE", "IN_PROGRESS", "IN_PROGRESS"),
        ("SUSPEND", "COMPLETE", "STOPPED"),
        ("DELETE", "COMPLETE", "GONE"),
        ("CREATE", "ODD", None),
        (None, None, None),
    ],
)
def test_a_stack_is_in_its_state(action: str | None, outcome: str | None, expected: str | None) -> None:
    assert status.of_stack(action, outcome) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web_1.example org", "web-1-example-org"),
        ("Zürich", "Zurich"),
        ("計算", "instance"),
        ("--a--b--", "a--b"),
        ("", "instance"),
        (None, "instance"),
        ("x" * 200, "x" * 150),
    ],
)
def test_a_device_name_is_made_of_what_is_allowed(text: str | None, expected: str) -> None:
    assert names.device_name(text, "instance") == expected


@given(st.lists(st.tuples(st.text(max_size=170), st.uuids(version=4)), max_size=8, unique_by=lambda one: one[1]))
def test_names_are_valid_unique_and_stay(named: list[tuple[str, object]]) -> None:  # 13
    taken: set[str] = set()
    given_names = {}
    for text, ident in named:
        base = names.device_name(text, "instance")
        name = names.settled(base, str(ident), None, taken, names.DEVICE_LENGTH)
        assert re.fullmatch(r"[A-Za-z0-9-]{1,150}", name)
        assert name not in taken
        taken.add(name)
        given_names[str(ident)] = name

    for text, ident in reversed(named):
        base, current = names.device_name(text, "instance"), given_names[str(ident)]
        assert names.settled(base, str(ident), current, taken, names.DEVICE_LENGTH) == current
