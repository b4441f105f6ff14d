"""The notifications that nova sends in the course of a simulated life.

They follow from the rows that are written: what an action does is told when its last event is over, by up to two
seconds later, with the row as it was then. Not told is what no action does, but for a `compute.instance.update` when
the cloud notifies of changes of state, and what fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, NamedTuple

from tests.oracle.journal import Key, Row, at, second_of
from tests.oracle.lifecycle import Lifecycle
from tests.oracle.wire import legacy, versioned

Format = Literal["unversioned", "versioned", "both"]
_EVENTS = {
    "create": "create.end",
    "start": "power_on.end",
    "stop": "power_off.end",
    "shelveOffload": "shelve_offload.end",
    "delete": "soft_delete.end",
    "resize": "finish_resize.end",
    "migrate": "finish_resize.end",
    "confirmResize": "resize.confirm.end",
    "revertResize": "resize.revert.end",
    "evacuate": "rebuild.end",
    "live-migration": "live_migration.post.dest.end",
    **{
        name: f"{name}.end"
        for name in (
            *("reboot", "pause", "unpause", "suspend", "resume", "rescue", "unrescue", "shelve", "unshelve"),
            *("restore", "rebuild"),
        )
    },
}


class Notice(NamedTuple):
    """What is sent at a second, and of what: the row of the instance as it was."""

    second: int
    event: str
    row: Row
    more: dict[str, Any]
    micro: int = 0

    @property
    def sent(self) -> datetime:
        return at(self.second) + timedelta(microseconds=self.micro)

    def bodies(self, form: Format = "unversioned") -> list[bytes]:
        """The messages in nova's formats."""
        kinds = {"unversioned": (legacy,), "versioned": (versioned,), "both": (legacy, versioned)}[form]
        return [kind(self.event, self.sent, self.row, **self.more) for kind in kinds]


def notices(life: Lifecycle, *, of_states: bool = False, heartbeats: bool = False) -> list[Notice]:
    """All that is sent in a life, in order; `of_states`: the cloud notifies of changes of state besides."""
    random = Random(f"notices {life.seed}")
    said = sorted(_said(life, of_states, heartbeats, random), key=lambda each: each.second)
    requests = sorted(
        second_of(life.journal.current(key)["start_time"]) for key in life.journal.keys("instance_actions")
    )
    return list(_delayed(said, requests, random))


def _delayed(said: list[Notice], requests: list[int], random: Random) -> Iterator[Notice]:
    """Each up to two seconds late, but before the next thing is told, or asked for: that waits for the end of this."""
    for number, each in enumerate(said):
        latest = said[number + 1].second if number + 1 < len(said) else each.second + 2
        asked = next((second for second in requests if second >= each.second), each.second + 3)
        delay = 0
        if each.event not in {"update", "delete.end", "exists"}:
            delay = max(0, min(random.choice((0, 0, 1, 2)), latest - each.second, asked - 1 - each.second))
        yield each._replace(second=each.second + delay, micro=number + 1)


def _said(life: Lifecycle, of_states: bool, heartbeats: bool, random: Random) -> Iterator[Notice]:
    over, shelving = _ends(life), _shelving(life)
    rows: dict[Key, Row] = {}
    for number, write in enumerate(life.journal.writes()):
        before = rows.get(write.key)
        if write.values is None:
            rows.pop(write.key, None)
            continue
        rows[write.key] = {**(before or {}), **write.values}
        row = _visible(rows)
        if row is None:
            continue
        if write.key[1] == "instances" and before is not None and not row["hidden"] and write.key == _key(rows):
            yield from _saved(write.second, before, row, of_states, any(a <= write.second <= b for a, b in shelving))
            if heartbeats and random.random() < 0.1 and not row["deleted"]:
                yield Notice(write.second, "exists", row, {})
        if number in over and not row["deleted"]:
            yield from _outcome(over[number], write.second, row, rows)


def _saved(second: int, before: Row, row: Row, of_states: bool, is_shelving: bool) -> Iterator[Notice]:
    """What a save of the row makes nova tell, whatever action it belongs to."""
    state, old = row["vm_state"], before["vm_state"]
    if row["deleted"]:
        if not before["deleted"]:
            yield Notice(second, "delete.end", row, {})
        return
    if state != old and of_states:
        yield Notice(second, "update", row, {"old_state": old})
    if state == old:
        return
    if state == "shelved" and row["task_state"] == "shelving_offloading":
        yield Notice(second, "shelve.end", row, {})
    if state == "shelved_offloaded" and not is_shelving:  # the host's periodic task
        yield Notice(second, "shelve_offload.end", {**row, "host": None, "node": None}, {})


def _shelving(life: Lifecycle) -> list[tuple[int, int]]:
    rows = [life.journal.current(key) for key in life.journal.keys("instance_actions")]
    return [
        (second_of(row["start_time"]), second_of(row["updated_at"]))
        for row in rows
        if row["action"] in {"shelve", "shelveOffload"}
    ]


def _ends(life: Lifecycle) -> dict[int, Row]:
    """The actions that ended well, by the write that ended them. A copy in another cell goes on with the same one."""
    wrote: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    named: dict[Key, tuple[str, str]] = {}
    rows: dict[Key, Row] = {}
    for number, write in enumerate(life.journal.writes()):
        if write.key[1] != "instance_actions" or write.values is None:
            continue
        rows[write.key] = {**rows.get(write.key, {}), **write.values}
        if write.key not in named:
            named[write.key] = (write.values["request_id"], write.values["action"])
        elif write.values.keys() & {"updated_at", "message"}:
            wrote[named[write.key]].append(number)
    failed = {named[key] for key, row in rows.items() if row["message"]}
    actions = {named[key]: row for key, row in rows.items()}
    return {numbers[-1]: actions[name] for name, numbers in wrote.items() if len(numbers) > 1 and name not in failed}


def _outcome(action: Row, second: int, row: Row, rows: Mapping[Key, Row]) -> Iterator[Notice]:
    name = action["action"]
    event = _EVENTS.get(name)
    if event is None or (name == "create" and row["launched_at"] is None):
        return
    if name == "delete" and row["vm_state"] != "soft-delete":
        return
    if name == "live-migration" and not _has_moved(rows):
        return
    if name == "shelve" and row["vm_state"] == "shelved_offloaded":
        event = "shelve_offload.end"
    yield Notice(second, event, row, {})


def _has_moved(rows: Mapping[Key, Row]) -> bool:
    """Whether the last live migration came to a good end."""
    moves = [(row["created_at"], key[2], row["status"]) for key, row in rows.items() if _is_live(key, row)]
    return bool(moves) and max(moves)[2] == "completed"


def _is_live(key: Key, row: Row) -> bool:
    return key[1] == "migrations" and row["migration_type"] == "live-migration"


def _key(rows: Mapping[Key, Row]) -> Key | None:
    return next((key for key, row in rows.items() if key[1] == "instances" and not row["hidden"]), None)


def _visible(rows: Mapping[Key, Row]) -> Row | None:
    key = _key(rows)
    return None if key is None else dict(rows[key])
