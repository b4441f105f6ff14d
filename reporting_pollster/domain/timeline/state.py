"""The states of an instance, from the ends of its actions and from what its row showed.

- An action that ended without an error leaves the state of its name. nova seldom says that an action is over, only when
  it last went on; so one after which the row was not saved and still showed another state has not taken effect yet.
- An action that failed may leave an error behind, or nothing: only the row tells.
- A `shelve` leaves the instance on its host or not, as nova is set up, and later the host may drop it by itself. The
  row tells; where it wasn't read, the default of nova counts, and that is said to be an estimate.
- A `delete` that the instance outlived was a soft one. One without any event did not even reach the host.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from reporting_pollster.domain.timeline.fact import Action, InstanceVersion
from reporting_pollster.domain.timeline.lifetime import Lifetime
from reporting_pollster.domain.timeline.moment import CLOCKS, SENT, shifted
from reporting_pollster.domain.timeline.notified import rule_of
from reporting_pollster.domain.timeline.period import Change, Reading, Track, reconciled

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
    "delete": "soft_deleted",
    "restore": "active",
}
_REPAIRING = frozenset({"rebuild", "evacuate"})  # they mend an instance in error, and leave others as they were
STATE_ACTIONS = frozenset({*_STATE_AFTER, *_REPAIRING, "resetState"})

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

Seen = list[tuple[InstanceVersion, Reading]]
_Ran = tuple[datetime, Action]  # an action that did not fail, by its end
LATE = datetime(9999, 12, 31)


class _Shown(NamedTuple):
    """The row showed a state at an instant, when it had last been saved at another; or a notification did."""

    at: datetime
    state: str
    saved: datetime | None
    told: bool = False


def states(bounds: Lifetime, actions: Sequence[Action], seen: Seen) -> Track:
    """The track of (state, whether it counts as use)."""
    launched, ended = bounds.launched, bounds.ended
    until = min((change.at for change in (bounds.terminated, ended) if change is not None), default=LATE)
    shown = _shown(seen)
    ran = [(action.ended, action) for action in actions if action.ended is not None and not action.failed]
    track = [bounds.begun.to(("building", False))]
    if launched is None:
        _fail(track, actions, shown)
    else:
        track.append(launched.to(("active", True)))
        _operate(track, ran, shown, launched.at, until)
    hints = [
        action.ended
        for action in actions
        if (action.failed or action.action == "resetState") and action.ended is not None
    ]
    track = reconciled(track, _readings(bounds, ran, seen), "state as read", hints)
    if bounds.terminated is not None:
        track = [change for change in track if change.at < until]
        track.append(bounds.terminated.to(("deleting", False)))
    return track


def _shown(seen: Seen) -> list[_Shown]:
    """What the row showed and, while it lives, still shows."""
    found = []
    for version, reading in seen:
        state = _VM_STATES.get(version.vm_state or "")
        if state is not None and version.active:
            saved, is_told = reading.saved, version.telling is not None
            if is_told and saved is None and rule_of(version, "vm_state") is not None:
                saved = reading.begun
            found.append(_Shown(reading.begun, state, saved, is_told))
    last = seen[-1][0]
    if last.active and last.vm_state in _VM_STATES:
        found.append(found[-1]._replace(at=LATE))
    return found


def _fail(track: Track, actions: Sequence[Action], shown: Sequence[_Shown]) -> None:
    """A build that ended without a launch has failed."""
    for action in actions:
        ended = action.ended
        if action.action == "create" and ended is not None and (action.failed or not _is_belied("error", shown, ended)):
            since = max(ended, track[0].at)
            track.append(Change(since, ("error", False), "action", "the build failed", action, action.started))
            return


def _operate(track: Track, ran: Sequence[_Ran], shown: Sequence[_Shown], after: datetime, before: datetime) -> None:
    """Append what the actions made of it that ended between two instants."""
    done = [(at, action) for at, action in ran if action.action in STATE_ACTIONS and after <= at < before]
    done.sort(key=lambda each: each[0])
    for number, (at, action) in enumerate(done):
        state = _STATE_AFTER.get(action.action)
        if action.action in _REPAIRING and _was_in_error(shown, track[-1].at, action.started or at):
            state = "active"
        if state is None or (action.action == "delete" and action.updated == action.started):
            continue
        following = done[number + 1][1] if number + 1 < len(done) else None
        if action.finished is None and _is_belied(state, shown, at, following):
            continue
        track.append(Change(at, (state, True), "action", action.action, action, action.started))
        if state == "shelved" and (following is None or following.action != "shelveOffload"):
            _leave_host(track, shown, following, before)


def _was_in_error(shown: Sequence[_Shown], after: datetime, before: datetime) -> bool:
    place = bisect_left(shown, before, key=lambda each: each.at)
    return place > 0 and shown[place - 1].state == "error" and shown[place - 1].at >= after


def _is_belied(state: str, shown: Sequence[_Shown], at: datetime, following: Action | None = None) -> bool:
    """Whether the row, saved before an instant, still showed another state after it, and before the next action."""
    first = _first(shown, shifted(at, CLOCKS), following)
    if first is None or first.state == state or (state, first.state) == ("shelved", "shelved_offloaded"):
        return False
    return first.saved is None or first.saved <= at


def _first(shown: Sequence[_Shown], at: datetime, following: Action | None) -> _Shown | None:
    until = following and (following.started or following.ended)
    if not shown or (until is not None and shown[0].at >= until):  # most is read when all is over
        return None
    place = bisect_left(shown, at, key=lambda each: each.at)
    return shown[place] if place < len(shown) and (until is None or shown[place].at < until) else None


def _leave_host(track: Track, shown: Sequence[_Shown], following: Action | None, before: datetime) -> None:
    """A shelved instance leaves its host within the same action, or later without one."""
    shelved = track[-1]
    value = ("shelved_offloaded", True)
    if any(each.told for each in shown):
        if _is_told_soon(shown, shelved.at):
            track[-1] = shelved.to(value)
            return
        shown = _but_for_its_own(shown, shelved.at)
    while_it_ran = _first(shown, shelved.since or shelved.at, following)
    has_left = while_it_ran is not None and while_it_ran.state == "shelved_offloaded" and while_it_ran.at < shelved.at
    first = while_it_ran if has_left else _first(shown, shelved.at, following)
    until = before if following is None or following.action == "delete" else following.ended or before
    if first is None and until < LATE:
        rule = "left its host, as is the default"
        track.append(Change(shelved.at, value, "estimate", rule, shelved.fact, None, shelved.at, until))
    elif first is not None and first.state == "shelved_offloaded":
        if first.saved is not None and first.saved <= shelved.at:
            track[-1] = shelved.to(value)
        else:
            at = first.at if first.saved is None else min(first.at, first.saved)
            track.append(Change(at, value, "estimate", "left its host", shelved.fact, None, shelved.at, at))


def _but_for_its_own(shown: Sequence[_Shown], at: datetime) -> Sequence[_Shown]:
    """Without the notification that it was shelved, after which it may leave its host in the same action."""
    return [each for each in shown if not (each.told and each.state == "shelved" and each.at <= shifted(at, SENT))]


def _is_told_soon(shown: Sequence[_Shown], at: datetime) -> bool:
    """Whether a notification tells that it left its host in the same action."""
    place = bisect_left(shown, at, key=lambda each: each.at)
    soon = takewhile(lambda each: each.at <= shifted(at, SENT), shown[place:])
    return any(each.told and each.state == "shelved_offloaded" for each in soon)


def _readings(bounds: Lifetime, ran: Sequence[_Ran], seen: Seen) -> list[Reading]:
    """What was read of the state, but for what an action passed through: a rebuild lets a stopped instance run."""
    launch = bounds.launched.at if bounds.launched is not None else LATE
    found = []
    for version, reading in seen:
        state = _VM_STATES.get(version.vm_state or "")
        if state is None or not version.active:
            continue
        at = reading.begun
        if not any(at < end and action.started is not None and action.started <= at for end, action in ran):
            value = (state, state != "building" and launch <= reading.ended)
            if version.telling is None:
                found.append(reading.of(value))
            elif not _was_sent_early(version, state, at, ran):
                found.append(reading.of(value, rule_of(version, "vm_state")))
    return found


def _was_sent_early(version: InstanceVersion, state: str, at: datetime, ran: Sequence[_Ran]) -> bool:
    """What was sent in the last second of an action may have been sent before its end."""
    if rule_of(version, "vm_state") is not None and state != "shelved":
        return False
    return any(at == end and action.started is not None and action.started <= at for end, action in ran)
