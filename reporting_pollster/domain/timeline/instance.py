"""The periods of one instance, from its row's versions, its actions, its migrations, and what notifications told.

Where the sources disagree, the rules are in `lifetime` (begin, launch, end), `state` and `move` (resizes and
migrations). What a reading of the row shows and nothing explains (a state that an operator reset, an action that was
purged) changed at some time before it: an estimate, with its bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from reporting_pollster.domain.timeline.fact import Action, Flavour, InstanceFacts, InstanceVersion, Migration
from reporting_pollster.domain.timeline.lifetime import Lifetime, lifetime
from reporting_pollster.domain.timeline.moment import shifted
from reporting_pollster.domain.timeline.move import ACTIONS, Move, moves
from reporting_pollster.domain.timeline.notified import believed, rule_of, shows
from reporting_pollster.domain.timeline.period import Change, Period, Reading, Track, by_time, periods, reconciled
from reporting_pollster.domain.timeline.state import LATE, STATE_ACTIONS, Seen, states

_REHOSTING = frozenset({"shelve", "unshelve"})
_RESIZING = frozenset({"resize", "revertResize"})
_EARLY = datetime(1, 1, 1)
RELEVANT_ACTIONS = frozenset(
    {"create", "revertResize", *STATE_ACTIONS, *(name for each in ACTIONS.values() for name in each)}
)


class InstanceValues(NamedTuple):
    """What a period of an instance says; `in_use` as nova counts, from the first launch to the termination."""

    state: str
    in_use: bool
    flavour: Flavour
    project_id: str | None
    host: str | None
    availability_zone: str | None


def instance_periods(facts: InstanceFacts) -> list[Period[InstanceValues]]:
    """The periods of an instance in order, without gaps; none when nothing tells when it began, or it never was."""
    versions = believed(facts.versions)
    is_told = any(version.telling is not None for version in versions)
    versions.sort(key=_order_of_told if is_told else _order_of_read)
    actions = _in_order(facts.actions)
    bounds = lifetime(versions, actions, facts.migrations)
    if bounds is None:
        return []
    seen = sorted(_seen(versions, bounds), key=lambda each: each[1].begun)
    made = moves(facts.migrations, actions) if facts.migrations else []
    hosts = _hosts(bounds, made, actions, seen)
    tracks = (
        states(bounds, actions, seen),
        _sizes(facts, bounds, made, actions, seen),
        _told_by_row(bounds, seen, "project_id", ()),
        hosts,
        _told_by_row(bounds, seen, "availability_zone", [change.at for change in hosts]),
    )
    return [
        Period(start, end, InstanceValues(*state, *others), began, finished)
        for start, end, (state, *others), began, finished in periods(tracks, bounds.ended)
    ]


def _order_of_read(version: InstanceVersion) -> datetime:
    """Of those that one cycle read (a move to another cell), the current row stays the last."""
    return version.known_from


def _order_of_told(version: InstanceVersion) -> tuple[datetime, bool, bool, str]:
    """Of what was told within a second nothing tells the order, but it is always the same."""
    told = version.telling is not None
    return version.known_from, told and not version.active, told, repr(version) if told else ""


_CYCLE = timedelta(minutes=5)  # within which a cycle that began has read a row, but for a first one


def _in_order(actions: Sequence[Action]) -> list[Action]:
    """Each action once: a move to another cell copies them, and only the copy that is in use goes on."""
    newest: dict[object, Action] = {}
    for action in actions:
        key = (action.request_id, action.action) if action.request_id else action
        known = newest.get(key)
        if known is None or _news(known) < _news(action):
            newest[key] = action
    return sorted(newest.values(), key=_action_order)


def _news(action: Action) -> tuple[bool, tuple[datetime, ...], bool]:
    times = (action.ended or _EARLY, action.updated or _EARLY, action.started or _EARLY)
    return action.finished is not None, times, action.failed


def _action_order(action: Action) -> tuple[datetime, datetime, str]:
    return action.started or LATE, action.finished or action.updated or LATE, action.action


def _seen(versions: Sequence[InstanceVersion], bounds: Lifetime) -> Seen:
    """The readings of the row.

    A row that was saved after its version was first read showed the same then. One that is gone was read afterwards,
    but is as it was at its end.
    """
    found: Seen = []
    ended = bounds.ended
    for version in versions:
        begun, saved = version.known_from, version.updated
        if begun < bounds.begun.at:  # by another clock: it was not before it began
            begun = bounds.begun.at
        if not version.active or (ended is not None and begun >= ended.at):
            continue
        if saved is None or saved <= begun:
            found.append((version, Reading(begun, begun, None, saved, version)))
            continue
        found.append((version, Reading(begun, min(saved, shifted(begun, _CYCLE)), None, saved, version)))
        if ended is None or saved < ended.at:
            found.append((version, Reading(saved, saved, None, saved, version)))
    row = versions[-1]
    if ended is not None and (not found or row.vanished_before is None):
        at = min(change.at for change in (bounds.terminated, ended) if change is not None)
        found.append((row, Reading(at, at, None, row.updated, row)))
    return found


def _sizes(
    facts: InstanceFacts, bounds: Lifetime, made: Sequence[Move], actions: Sequence[Action], seen: Seen
) -> Track:
    flavours = _flavours(facts)
    told = [each for each in seen if each[0].telling is None or shows(each[0], "flavour")] or seen[:1]
    first = _first_flavour(facts.migrations, flavours) or told[0][0].flavour
    track = [bounds.begun.to(_canonical(first, flavours))]
    for migration, moved, reverted in made:
        if migration.type == "resize" and migration.old_flavour != migration.new_flavour:
            track.append(moved.to(_flavour(migration.new_flavour, flavours)))
            if reverted is not None:
                track.append(reverted.to(_flavour(migration.old_flavour, flavours)))
    readings = [
        reading.of(
            _canonical(version.flavour, flavours), None if version.telling is None else rule_of(version, "flavour")
        )
        for version, reading in told
    ]
    hints = [action.ended for action in actions if action.action in _RESIZING and action.ended is not None]
    return reconciled(by_time(track), readings, "flavour as read", hints)


def _first_flavour(migrations: Sequence[Migration], flavours: Mapping[int | None, Flavour]) -> Flavour | None:
    """The size before the first resize, whatever became of that."""
    resizes = [each for each in migrations if each.type == "resize" and each.old_flavour is not None]
    if not resizes:
        return None
    return _flavour(min(resizes, key=lambda each: (each.created or LATE, each.id)).old_flavour, flavours)


def _flavours(facts: InstanceFacts) -> Mapping[int | None, Flavour]:
    """Flavours by number; the copy that the instance carries counts more than what the number means today."""
    known: dict[int | None, Flavour] = dict(facts.flavours)
    for version in facts.versions:
        if version.telling is None:
            known[version.flavour.id] = version.flavour
    return known


def _flavour(number: int | None, flavours: Mapping[int | None, Flavour]) -> Flavour:
    return flavours.get(number) or Flavour(number, None, None, None, None, None, None)


def _canonical(flavour: Flavour, flavours: Mapping[int | None, Flavour]) -> Flavour:
    """The same size, told once with its name or number and once without, is one flavour."""
    known = flavours.get(flavour.id)
    if flavour.id is None and flavour.uuid is not None:
        known = next(
            (each for each in flavours.values() if each.uuid == flavour.uuid and each[3:] == flavour[3:]), None
        )
    return known if known is not None and known[3:] == flavour[3:] else flavour


def _hosts(bounds: Lifetime, made: Sequence[Move], actions: Sequence[Action], seen: Seen) -> Track:
    track = [bounds.begun.to(None)]
    if bounds.launched is not None:
        first = made[0].migration.source_host if made else None
        known = first or next((version.host for version, _reading in seen if version.host), None)
        track.append(bounds.launched.to(known))
    for migration, moved, reverted in made:
        track.append(moved.to(migration.dest_host))
        if reverted is not None:
            track.append(reverted.to(migration.source_host))
    track += [
        Change(action.ended, None, "action", action.action, action, action.started)
        for action in actions
        if action.action == "shelveOffload" and not action.failed and action.ended is not None
    ]
    hints = [action.ended for action in actions if action.action in _REHOSTING and action.ended is not None]
    readings = [
        reading.of(version.host, None if version.telling is None else rule_of(version, "host"))
        for version, reading in seen
        if version.telling is None or shows(version, "host")
    ]
    return reconciled(by_time(track), readings, "host as read", hints)


def _told_by_row(bounds: Lifetime, seen: Seen, name: str, hints: Sequence[datetime]) -> Track:
    """An attribute that nothing but the row tells."""
    readings: list[Reading] = [
        reading.of(getattr(version, name), None if version.telling is None else rule_of(version, name))
        for version, reading in seen
        if version.telling is None or shows(version, name)
    ]
    first: Any = readings[0].value if readings else None
    return reconciled([bounds.begun.to(first)], readings, f"{name} as read", hints)
