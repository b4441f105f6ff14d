"""Whatever a source says, there are periods, and they are whole.

Every kind of fact is made up from instants at both ends of the calendar, around one moment and missing ones, in any
order and repeated: dates that no cloud has, and that a broken import or a zero date may well have.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, get_type_hints

import pytest

from reporting_pollster.domain.timeline.backup import BackupVersion, backup_periods
from reporting_pollster.domain.timeline.fact import Action, Flavour, InstanceFacts, InstanceVersion, Migration
from reporting_pollster.domain.timeline.floating_ip import FloatingIPVersion, floating_ip_periods
from reporting_pollster.domain.timeline.image import ImageVersion, image_periods
from reporting_pollster.domain.timeline.instance import RELEVANT_ACTIONS, instance_periods
from reporting_pollster.domain.timeline.moment import CLOCKS, shifted
from reporting_pollster.domain.timeline.move import moves
from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.snapshot import SnapshotVersion, snapshot_periods
from reporting_pollster.domain.timeline.volume import AttachmentVersion, VolumeFacts, VolumeVersion, volume_periods

_SECOND = timedelta(seconds=1)
_FIRST, _LAST, _NOW = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), datetime(2026, 3, 1, 9)
_INSTANTS = [
    *(_FIRST, _FIRST + _SECOND, datetime(1970, 1, 1), datetime(9999, 12, 31), _LAST - _SECOND, _LAST),
    *(_NOW, _NOW + _SECOND, _NOW + CLOCKS, _NOW + 2 * CLOCKS, _NOW + timedelta(days=40)),
]
_FLAVOURS = [Flavour(1, "a", "a", 1, 1, 1, 0), Flavour(2, *(None,) * 6), Flavour(None, None, None, 0, 0, 0, 0)]
_WORDS: dict[str, Sequence[Any]] = {
    "status": [
        *(None, "", "creating", "available", "in-use", "error", "deleting", "deleted", "reserved", "attached"),
        *("detached", "queued", "saving", "active", "pending_delete", "finished", "confirmed", "reverted", "completed"),
    ],
    "vm_state": (None, "building", "active", "error", "shelved", "shelved_offloaded", "resized", "soft-delete", "?"),
    "action": (*sorted(RELEVANT_ACTIONS), "?"),
    "type": (None, "resize", "migration", "live-migration", "evacuation"),
    "flavour": _FLAVOURS,
    "id": (1, 2),
    "telling": (
        *(None, None, None),
        Telling("told", frozenset({"size", "flavour", "vm_state", "status", "host", "port_id"}), frozenset()),
        Telling("told", frozenset({"deleted"}), frozenset({"size", "flavour", "project_id", "host", "status"})),
    ),
}


def made_up(kind: Callable[..., Any], rand: random.Random, instants: Sequence[datetime]) -> Any:
    """A fact of a kind, of values that its fields may have."""
    return kind(**{name: rand.choice(_choices(name, str(hint), instants)) for name, hint in _FIELDS[kind].items()})


def _choices(name: str, hint: str, instants: Sequence[datetime]) -> Sequence[Any]:
    if "datetime" in hint:
        return [*instants, *[None] * (2 if "None" in hint else 0)]
    return _WORDS.get(name) or (
        (False, True) if "bool" in hint else (None, 1, 2) if "int" in hint else (None, "a", "b")
    )


_KINDS = (BackupVersion, FloatingIPVersion, ImageVersion, SnapshotVersion, VolumeVersion, AttachmentVersion)
_FIELDS: Mapping[Any, Mapping[str, Any]] = {
    kind: get_type_hints(kind) for kind in (*_KINDS, InstanceVersion, Action, Migration)
}


def some(kind: Callable[..., Any], rand: random.Random, instants: Sequence[datetime]) -> Any:
    """A few facts, some of them twice."""
    found = [made_up(kind, rand, instants) for _ in range(rand.randint(0, 3))]
    return tuple(found + rand.choices(found, k=rand.choice((0, 0, 1))) if found else found)


def instance(*of: Any) -> list[Period[Any]]:
    flavours = {each.id: each for each in _FLAVOURS}
    facts = (
        (made_up(InstanceVersion, *of), *some(InstanceVersion, *of)),
        some(Action, *of),
        some(Migration, *of),
        flavours,
    )
    return list(instance_periods(InstanceFacts(*facts)))


def volume(*of: Any) -> list[Period[Any]]:
    return list(volume_periods(VolumeFacts(some(VolumeVersion, *of), some(AttachmentVersion, *of))))


def plain(kind: Callable[..., Any], periods: Callable[..., Any]) -> Callable[..., list[Period[Any]]]:
    return lambda *of: list(periods(some(kind, *of)))


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(instance, id="instance"),
        pytest.param(volume, id="volume"),
        pytest.param(plain(BackupVersion, backup_periods), id="backup"),
        pytest.param(plain(FloatingIPVersion, floating_ip_periods), id="floating_ip"),
        pytest.param(plain(ImageVersion, image_periods), id="image"),
        pytest.param(plain(SnapshotVersion, snapshot_periods), id="snapshot"),
    ],
)
def test_no_fact_is_too_odd_for_whole_periods(told: Callable[..., list[Period[Any]]]) -> None:
    some_had_periods = 0
    for seed in range(3000):
        rand = random.Random(seed)
        instants = rand.sample(_INSTANTS, rand.randint(1, 4))
        try:
            found = told(rand, instants)
            assert all(period.end is None or period.start < period.end for period in found)
            assert all(period.end == following.start for period, following in pairwise(found))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        some_had_periods += bool(found)
    assert some_had_periods > 1000


def test_a_move_at_the_end_of_the_calendar_has_a_cause() -> None:
    migration = Migration(1, "m1", "resize", "finished", 1, 2, "h1", "h2", _LAST - _SECOND, _LAST)
    action = Action("resize", _LAST, _LAST)

    assert [move.moved.origin for move in moves([migration], [action])] == ["action"]


def test_beyond_the_calendar_is_its_end() -> None:
    assert shifted(_LAST, CLOCKS) == _LAST
    assert shifted(_FIRST, -CLOCKS) == _FIRST
    assert shifted(_NOW, -_SECOND) == _NOW - _SECOND
