"""The periods of one instance, from its row's versions, its actions and its migrations.

Where the sources disagree, the rules are in `lifetime` (begin, launch, end) and `move` (resizes and migrations). Its
state follows from the actions that ended without an error. What a reading of the row shows and nothing explains (a
state that an operator reset, an action that was purged) changed at some time before it: an estimate, with its bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from reporting_pollster.domain.timeline.fact import Action, Flavour, InstanceFacts, InstanceVersion
from reporting_pollster.domain.timeline.lifetime import Lifetime, lifetime
from reporting_pollster.domain.timeline.move import ACTIONS, Move, moves
from reporting_pollster.domain.timeline.period import Change, Period, Reading, Track, in_order, periods, reconciled

# What the end of an action makes of an instance; an action that is not here leaves the state as it was.
_STATE_AFTER = {
    "start": "active",
    "stop": "stopped",
    "reboot": "active",
    "pause": "paused",
    "unpause": "active",
    "suspend": "suspended",
    "resume": "active",
    "rescue": "rescued",
    "unrescue": "active",
    "shelve": "shelved",
    "shelveOffload": "shelved_offloaded",
    "unshelve": "active",
    "delete": "soft_deleted",  # if the instance outlives it
    "restore": "active",
}
_REPAIRING = frozenset({"rebuild", "evacuate"})  # they mend an instance in error, and leave others as they were
_REHOSTING = frozenset({"shelve", "unshelve"})
RELEVANT_ACTIONS = frozenset(
    {"create", "revertResize", *_STATE_AFTER, *_REPAIRING, *(name for names in ACTIONS.values() for name in names)}
)

# nova's vm_state; `resized` says nothing of what it was before, and `deleted` is told by the times.
_VM_STATES = {
    "active": "active",
    "building": "building",
    "paused": "paused",
    "suspended": "suspended",
    "stopped": "stopped",
    "rescued": "rescued",
    "shelved": "shelved",
    "shelved_offloaded": "shelved_offloaded",
    "soft-delete": "soft_deleted",
    "error": "error",
}
STATES = ("building", *(state for state in _VM_STATES.values() if state != "building"), "deleting")


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
    versions = sorted(facts.versions, key=lambda version: version.known_from)
    actions = sorted(dict.fromkeys(facts.actions), key=_action_order)
    bounds = lifetime(versions, actions, facts.migrations)
    if bounds is None:
        return []
    seen = _seen(versions, bounds)
    made = moves(facts.migrations, actions) if facts.migrations else []
    hosts = _hosts(bounds, made, actions, seen)
    tracks = (
        _states(bounds, actions, seen),
        _sizes(bounds, made, seen, _flavours(facts)),
        _told_by_row(bounds, seen, "project_id", ()),
        hosts,
        _told_by_row(bounds, seen, "availability_zone", [change.at for change in hosts]),
    )
    return [
        period._replace(values=InstanceValues(*period.values[0], *period.values[1:]))
        for period in periods(tracks, bounds.ended)
    ]


Seen = list[tuple[InstanceVersion, Reading]]
_LATE = datetime(9999, 12, 31)


def _action_order(action: Action) -> tuple[datetime, datetime, str]:
    return action.started or _LATE, action.finished or _LATE, action.action


def _seen(versions: Sequence[InstanceVersion], bounds: Lifetime) -> Seen:
    """The readings that showed it alive; of one that was never seen so, its row speaks for its beginning."""
    alive = [
        version
        for version in versions
        if version.active and (bounds.ended is None or version.known_from < bounds.ended.at)
    ]
    found = []
    for version in alive:
        begun = version.known_from
        saved = version.updated
        found.append((version, Reading(begun, max(begun, saved or begun), None, saved, version)))
    at = bounds.begun.at
    return found or [(versions[-1], Reading(at, at, None, None, versions[-1]))]


def _states(bounds: Lifetime, actions: Sequence[Action], seen: Seen) -> Track:
    begun, launched, ended = bounds.begun, bounds.launched, bounds.ended
    track = [begun._replace(value=("building", False))]
    if launched is None:
        track += [
            Change(
                max(action.finished, begun.at), ("error", False), "action", "the build failed", action, action.started
            )
            for action in actions
            if action.action == "create" and action.failed and action.finished is not None
        ][:1]
    else:
        track.append(launched._replace(value=("active", True)))
        _operate(track, actions, launched.at, ended.at if ended is not None else _LATE)
    track = reconciled(track, _state_readings(bounds, seen), "state as read")
    if bounds.terminated is not None:
        track = [change for change in track if change.at < bounds.terminated.at]
        track.append(bounds.terminated._replace(value=("deleting", False)))
    return track


def _operate(track: Track, actions: Sequence[Action], after: datetime, before: datetime) -> None:
    """Append what the actions made of it that ended between two instants."""
    done = [
        (action.finished, action)
        for action in actions
        if action.finished is not None and not action.failed and after <= action.finished < before
    ]
    for at, action in sorted(done, key=lambda each: (each[0], *_action_order(each[1]))):
        state = _STATE_AFTER.get(action.action)
        if state is None and action.action in _REPAIRING and track[-1].value[0] == "error":
            state = "active"
        if state is not None:
            track.append(Change(at, (state, True), "action", action.action, action, action.started))


def _state_readings(bounds: Lifetime, seen: Seen) -> list[Reading]:
    launch = bounds.launched.at if bounds.launched is not None else _LATE
    found = []
    for version, reading in seen:
        state = _VM_STATES.get(version.vm_state or "")
        if state is not None and version.active:
            found.append(reading._replace(value=(state, state != "building" and launch <= reading.ended)))
    return found


def _sizes(bounds: Lifetime, made: Sequence[Move], seen: Seen, flavours: Mapping[int | None, Flavour]) -> Track:
    resizes = [move for move in made if move.is_resize]
    first = _flavour(resizes[0].migration.old_flavour, flavours) if resizes else seen[0][0].flavour
    track = [bounds.begun._replace(value=_canonical(first, flavours))]
    for migration, moved, reverted in resizes:
        track.append(moved._replace(value=_flavour(migration.new_flavour, flavours)))
        if reverted is not None:
            track.append(reverted._replace(value=_flavour(migration.old_flavour, flavours)))
    readings = [reading._replace(value=_canonical(version.flavour, flavours)) for version, reading in seen]
    return reconciled(in_order(track), readings, "flavour as read")


def _flavours(facts: InstanceFacts) -> Mapping[int | None, Flavour]:
    """Flavours by number; the copy that the instance carries counts more than what the number means today."""
    known: dict[int | None, Flavour] = dict(facts.flavours)
    known.update((version.flavour.id, version.flavour) for version in facts.versions)
    return known


def _flavour(number: int | None, flavours: Mapping[int | None, Flavour]) -> Flavour:
    return flavours.get(number) or Flavour(number, None, None, None, None, None, None)


def _canonical(flavour: Flavour, flavours: Mapping[int | None, Flavour]) -> Flavour:
    """The same size, told once with its name and once without, is one flavour."""
    known = flavours.get(flavour.id)
    return known if known is not None and known[3:] == flavour[3:] else flavour


def _hosts(bounds: Lifetime, made: Sequence[Move], actions: Sequence[Action], seen: Seen) -> Track:
    track = [bounds.begun._replace(value=None)]
    if bounds.launched is not None:
        first = made[0].migration.source_host if made else None
        known = first or next((version.host for version, _reading in seen if version.host), None)
        track.append(bounds.launched._replace(value=known))
    for migration, moved, reverted in made:
        track.append(moved._replace(value=migration.dest_host))
        if reverted is not None:
            track.append(reverted._replace(value=migration.source_host))
    track += [
        Change(action.finished, None, "action", action.action, action, action.started)
        for action in actions
        if action.action == "shelveOffload" and not action.failed and action.finished is not None
    ]
    hints = [action.finished for action in actions if action.action in _REHOSTING and action.finished is not None]
    readings = [reading._replace(value=version.host) for version, reading in seen]
    return reconciled(in_order(track), readings, "host as read", hints)


def _told_by_row(bounds: Lifetime, seen: Seen, name: str, hints: Sequence[datetime]) -> Track:
    """An attribute that nothing but the row tells."""
    readings: list[Reading] = [reading._replace(value=getattr(version, name)) for version, reading in seen]
    first: Any = readings[0].value
    return reconciled([bounds.begun._replace(value=first)], readings, f"{name} as read", hints)
