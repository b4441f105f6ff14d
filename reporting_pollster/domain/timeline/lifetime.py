"""When an instance began, when it was first launched, and when it ended.

- It begins with `created`. Until its first launch it is building, which is no use: nova's own usage begins with the
  launch. nova sets `launched_at` anew after a resize and the like; then the end of the `create` action tells the first.
- Its use ends with `terminated`, which nova saves first, and itself with `deleted`. A termination that is later than
  the deletion comes from another controller's clock, and is cut there. What was deleted before it had a host has none.
- A row that vanished ended between the two instants at which it was surely there and surely gone, or with its `delete`
  action, if that falls between them. The latest possible time counts, and the earliest is told.

nova seldom says that an action is over, only when it last went on: so a `delete` that was read bounds the beginning of
the end, and not the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reporting_pollster.domain.timeline.fact import Action, InstanceVersion, Migration
from reporting_pollster.domain.timeline.notified import origin_of
from reporting_pollster.domain.timeline.period import Change


class Lifetime(NamedTuple):
    """The changes that bound an instance; None for what did not happen, or not yet."""

    begun: Change
    launched: Change | None
    terminated: Change | None
    ended: Change | None


def lifetime(
    versions: Sequence[InstanceVersion], actions: Sequence[Action], migrations: Sequence[Migration]
) -> Lifetime | None:
    """Bounds from the versions (the current row last), actions and migrations in order; None without any time."""
    row = versions[-1]
    begun = _begun(versions, actions)
    if begun is None:
        return None
    launched = _launched(begun, versions, actions, migrations)
    ended = None if row.active else _ended(begun, versions, actions)
    return Lifetime(begun, launched, _terminated(begun, row, ended), ended)


def _begun(versions: Sequence[InstanceVersion], actions: Sequence[Action]) -> Change | None:
    row = versions[-1]
    first = versions[0]
    if first.telling is None and row.telling is None and first.created == row.created is not None:
        return Change(row.created, None, "row", "created", row)  # as nearly always
    dated = [version for version in versions if version.created is not None]
    if dated:
        version = next((each for each in dated if each.telling is None), dated[0])
        assert version.created is not None
        return Change(version.created, None, origin_of(version), "created", row if version.telling is None else version)
    action = next((each for each in actions if each.action == "create" and each.started is not None), None)
    if action is not None and action.started is not None:
        return Change(action.started, None, "action", "no creation time: start of the create action", action)
    at = row.launched or row.updated
    return None if at is None else Change(at, None, "estimate", "no creation time: first time known", row, latest=at)


def _launched(
    begun: Change, versions: Sequence[InstanceVersion], actions: Sequence[Action], migrations: Sequence[Migration]
) -> Change | None:
    launches = [(version.launched, version) for version in versions if version.launched is not None]
    if not launches:
        return None
    at, version = min(launches, key=lambda launch: (launch[0], launch[1].telling is not None, launch[1].known_from))
    for action in actions:
        ended = action.ended
        if action.action == "create" and not action.failed and ended is not None and begun.at <= ended < at:
            return Change(ended, None, "action", "launched again later: end of the create action", action)
    again = [action.started for action in actions if action.action != "create" and not action.failed]
    again += [migration.created for migration in migrations]
    before = [each for each in again if each is not None and begun.at <= each < at]
    if before:
        return Change(begun.at, None, "estimate", "launched again later", version, None, begun.at, min(before))
    return Change(max(at, begun.at), None, origin_of(version), "launched", version)


def _ended(begun: Change, versions: Sequence[InstanceVersion], actions: Sequence[Action]) -> Change:
    row = versions[-1]
    if row.vanished_before is None:
        at = row.deleted or row.terminated or row.updated
        if at is None:
            known = row.known_from
            return Change(known, None, "estimate", "deleted without a time", row, None, begun.at, known)
        return Change(at, None, origin_of(row), "deleted", row)
    if row.terminated is not None:
        return Change(row.terminated, None, origin_of(row), "vanished after its termination", row)
    told = next((version for version in versions if version.telling is not None and not version.active), None)
    if told is not None:
        at = told.deleted or told.terminated or told.known_from
        return Change(min(max(at, begun.at), row.vanished_before), None, "notification", "deleted", told)
    before = row.vanished_before
    after = min(row.vanished_after or begun.at, before)
    for action in reversed(actions):
        if action.action != "delete" or action.failed or action.started is None or action.started > before:
            continue
        if action.ended is None or action.ended >= after:
            at = min(action.finished or before, before)
            earliest = min(max(action.started, after), at)
            return Change(at, None, "estimate", "vanished during its delete action", action, None, earliest, at)
    return Change(before, None, "estimate", "vanished", row, None, after, before)


def _terminated(begun: Change, row: InstanceVersion, ended: Change | None) -> Change | None:
    at = row.terminated
    if at is None or (row.active and row.vm_state != "deleted"):
        return None
    if ended is not None and at >= ended.at:
        return None
    return Change(max(at, begun.at), None, origin_of(row), "terminated", row)
