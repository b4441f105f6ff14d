"""When resizes, migrations and evacuations took effect.

An operation takes effect when its action ends without an error: nova has saved the row by then. A resize counts from
there, confirmed or not, and a reverted one until the end of the revert. Where the action was purged, the migration's
own times are the bounds. A cross-cell resize copies migration and actions to the other cell: each counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.fact import Action, Migration
from reporting_pollster.domain.timeline.moment import CLOCKS, shifted
from reporting_pollster.domain.timeline.period import Change

# The actions that each type of migration may come from. A cold migration is a resize to the same flavour.
ACTIONS = {
    "resize": ("resize", "migrate"),
    "migration": ("migrate", "resize"),
    "live-migration": ("live-migration",),
    "evacuation": ("evacuate",),
}
_MOVED = frozenset({"finished", "confirming", "confirmed", "reverting", "reverted", "completed", "done"})
# The save that set one of these ended the move. An evacuation is `completed` long after, by the host that was left.
_AT_ITS_END = frozenset(
    {("resize", "finished"), ("migration", "finished"), ("live-migration", "completed"), ("evacuation", "done")}
)
_NEVER = datetime(1, 1, 1)


class Move(NamedTuple):
    """A migration that took effect; `moved` and `reverted` have no value yet."""

    migration: Migration
    moved: Change
    reverted: Change | None


def moves(migrations: Sequence[Migration], actions: Sequence[Action]) -> list[Move]:
    """The moves that were made, in order."""
    found: list[Move] = []
    causes: set[Action] = set()  # each makes one move only, however often it was tried
    for migration in _once(migrations):
        if migration.status in _MOVED:
            free = [each for each in actions if each not in causes] if causes else actions
            action = _action_of(migration, free)
            moved = _moved(migration, action)
            if action is not None:
                causes.add(action)
            if moved is not None:
                reverted = _reverted(migration, moved, actions) if migration.status == "reverted" else None
                found.append(Move(migration, moved, reverted))
    return sorted(found, key=lambda move: (move.moved.at, move.migration.id))


def _once(migrations: Sequence[Migration]) -> list[Migration]:
    newest: dict[object, Migration] = {}
    for migration in sorted(migrations, key=lambda each: (each.updated or _NEVER, each.status or "", each.id)):
        newest[migration.uuid or migration.id] = migration
    return sorted(newest.values(), key=lambda each: (each.created or _NEVER, each.id))


def _moved(migration: Migration, action: Action | None) -> Change | None:
    begun, updated = migration.created, migration.updated
    if action is not None and action.ended is not None and not action.failed:
        return Change(_later(action, migration), None, "action", action.action, action, action.started)
    if updated is None:
        return None
    if (migration.type, migration.status) in _AT_ITS_END:
        return Change(updated, None, "migration", "end of the migration", migration, begun)
    earliest = min(begun or updated, updated)
    rule = "between the times of the migration"
    return Change(updated, None, "estimate", rule, migration, begun, earliest, updated)


def _later(action: Action, migration: Migration) -> datetime:
    """The end of the action; one that was read while it ran tells too early a time."""
    ended, updated = action.ended or _NEVER, migration.updated or _NEVER
    is_told = action.finished is not None or (migration.type, migration.status) not in _AT_ITS_END
    return ended if is_told else max(ended, updated)


def _action_of(migration: Migration, actions: Sequence[Action]) -> Action | None:
    """The last action before the migration that may have caused it, else one that another clock puts after it."""
    names, created, found = ACTIONS.get(migration.type or "", ()), migration.created, None
    for action in actions:
        if action.action not in names or action.started is None:
            continue
        is_before = created is None or action.started <= created
        if is_before or (found is None and created is not None and action.started <= shifted(created, CLOCKS)):
            found = action
    return found


def _reverted(migration: Migration, moved: Change, actions: Sequence[Action]) -> Change:
    for action in actions:
        at = action.ended
        if action.action == "revertResize" and not action.failed and at is not None and at >= moved.at:
            return Change(at, None, "action", action.action, action, action.started)
    at = max(migration.updated or moved.at, moved.at)
    return Change(at, None, "migration", "the migration was reverted", migration, moved.at)
