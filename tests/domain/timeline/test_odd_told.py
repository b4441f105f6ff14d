"""Whatever notifications tell, in any order and against what rows say, periods are whole, and what is over stays so.

Values as they pass the decoding: instants that nobody had, contradicting owners and states, ends before beginnings, the
same thing told twice. Cases 9 of the notifications' contract, and 23, 24 and 26 of Almanach's.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from reporting_pollster.derived import timelines
from reporting_pollster.domain.notification import Told
from reporting_pollster.domain.notification.column import COLUMNS
from reporting_pollster.domain.timeline.fact import Action, InstanceVersion, Migration
from reporting_pollster.domain.timeline.floating_ip import FloatingIPVersion
from reporting_pollster.domain.timeline.image import ImageVersion
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.snapshot import SnapshotVersion
from reporting_pollster.domain.timeline.volume import AttachmentVersion, VolumeVersion
from reporting_pollster.events import event_kinds
from tests.domain.timeline.test_odd import some
from tests.oracle.heard import event_row

_NOW = datetime(2026, 3, 1, 9)
_FIRST, _LAST = datetime(1000, 1, 1), datetime(9999, 12, 31, 23, 59, 59)
_INSTANTS = [_FIRST, _LAST, *(_NOW + timedelta(seconds=seconds) for seconds in (-3600, -30, -5, -1, 0, 1, 2, 30, 90))]
_KINDS: dict[str, Any] = {
    "instance": InstanceVersion,
    "volume": VolumeVersion,
    "snapshot": SnapshotVersion,
    "image": ImageVersion,
    "floating_ip": FloatingIPVersion,
}
_EVENTS = ("create", "delete", "state", "resize", "confirm", "revert", "move", "update", "exists", "attach", "activate")
_WORDS: dict[str, Sequence[Any]] = {
    "vm_state": ("active", "stopped", "error", "building", "shelved", "shelved_offloaded", "resized", "deleted", "?"),
    "status": ("creating", "available", "in-use", "error", "deleting", "queued", "active", "deactivated", "?"),
    "attached_to": ("[]", '["a"]'),
}


def _told(resource: str, rand: random.Random, instants: Sequence[datetime]) -> Told:
    event, values = rand.choice(_EVENTS), {}
    for name, column in COLUMNS[resource].items():
        if name != "id" and rand.random() < 0.7:
            values[name] = _value(name, column.kind, rand, instants, clears=column.clears)
    at = rand.choice(instants)
    if event == "delete":
        values["deleted"] = at
    else:
        values.pop("deleted", None)
    exact = frozenset(name for name in values if rand.random() < 0.4)
    return Told(resource, "a", at, event, exact, values)


def _value(name: str, kind: str, rand: random.Random, instants: Sequence[datetime], *, clears: bool) -> Any:
    if clears and rand.random() < 0.3:
        return None
    if name in _WORDS:
        return rand.choice(_WORDS[name])
    return rand.choice(instants if kind == "moment" else (0, 1, 2) if kind == "number" else ("a", "b"))


def _row(version: Any, *, is_current: bool) -> tuple[Any, ...]:
    """As the query for current rows, or for earlier ones, gives it."""
    said = version._asdict()
    del said["telling"]
    if "flavour" in said:
        names = list(said)
        at = names.index("flavour")
        flat = [*list(said.values())[:at], *said["flavour"], *list(said.values())[at + 1 :]]
    else:
        flat = list(said.values())
    return ("a", *(flat if is_current else flat[:-2]))


def _facts(resource: str, rand: random.Random, instants: Sequence[datetime]) -> tuple[dict[str, Any], Any]:
    """Rows, or none, and what was told; and the current row."""
    kind, event = _KINDS[resource], event_kinds()[resource]
    told = [_told(resource, rand, instants) for _number in range(rand.randint(1, 5))]
    told += rand.choices(told, k=rand.randint(0, 2))
    facts: dict[str, Any] = {"events": [event_row(event, each) for each in told]}
    versions = sorted(
        (each._replace(telling=None) for each in (*some(kind, rand, instants), *some(kind, rand, instants))),
        key=lambda each: each.known_from,
    )
    if versions and rand.random() < 0.8:
        facts["rows"] = [_row(versions[-1], is_current=True)]
        facts["versions"] = [_row(each, is_current=False) for each in versions[:-1]]
    if resource == "instance":
        facts["actions"] = [("a", *each) for each in some(Action, rand, instants)]
        facts["migrations"] = [("a", *each) for each in some(Migration, rand, instants)]
    if resource == "volume":
        attachments = [each._replace(telling=None) for each in some(AttachmentVersion, rand, instants)]
        facts["attachments"] = [_row(each, is_current=True) for each in attachments]
    return facts, versions[-1] if "rows" in facts else None


def _periods(resource: str, facts: dict[str, Any], rand: random.Random) -> list[Period[Any]]:
    shuffled = {name: rand.sample(rows, len(rows)) if name == "events" else rows for name, rows in facts.items()}
    return list(timelines()[resource].derive(shuffled, {}))


@pytest.mark.parametrize("resource", sorted(_KINDS))
def test_nothing_that_is_told_makes_periods_overlap_or_opens_what_is_over(resource: str) -> None:
    had_periods = 0
    for seed in range(1500):
        rand = random.Random(seed)
        instants = rand.sample(_INSTANTS, rand.randint(2, 5))
        facts, row = _facts(resource, rand, instants)
        try:
            found = _periods(resource, facts, rand)
            assert all(each.end is None or each.start < each.end for each in found)
            assert all(each.end == following.start for each, following in pairwise(found))
            if row is not None and not row.active:
                assert not found or found[-1].end is not None
            assert found == _periods(resource, facts, rand)  # in whatever order
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        had_periods += bool(found)
    assert had_periods > 700
