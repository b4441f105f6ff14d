"""One instance as nova's services treat it: what they save, which actions and migrations they record, and when.

Written after nova's own code, which does some things that one might not expect:

- It never sets `finish_time` of an action (only `resetState` has one). An action's `updated_at` is the time of the
  request, then of the last event that began or ended; so it tells the end, but not that it is the end.
- `message` is 'Error' when an event failed. A build that fails on its host is no failed event, one without a host is.
- `launched_at` is set by builds, and anew by rescues, rebuilds, evacuations, unshelving, resizes and their reverts.
- A deletion saves `terminated_at` and then writes `deleted`, which leaves `updated_at` alone.
- Copying actions to another cell gives the copy the *start* of the last event as `updated_at`.

What counts as the truth: an instance is built until its first launch. State and size change when the last event of an
action ends, a second or two after nova saved the row. Use ends with `terminated_at`, else with `deleted_at`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from tests.oracle.journal import Journal, Key, at
from tests.oracle.truth import Being, Truth


class Size(NamedTuple):
    """A flavour of the simulated cloud."""

    id: int
    flavorid: str
    name: str
    vcpus: int
    memory_mb: int
    root_gb: int
    ephemeral_gb: int


SIZES = (
    Size(1, "f-1", "tiny", 1, 512, 1, 0),
    Size(2, "f-2", "small", 1, 2048, 20, 0),
    Size(3, "f-3", "medium", 2, 4096, 40, 10),
    Size(4, "f-4", "large", 4, 8192, 80, 10),
    Size(5, "f-5", "small", 2, 2048, 20, 0),  # small again, "edited": deleted and made anew
)
SIZE = {size.id: size for size in SIZES}


@dataclass(frozen=True)
class Habits:
    """What differs between clouds: settings and releases."""

    reclaim_after: int = 0
    offload_after: int = 0  # -1: never
    volume_backed: bool = False
    writes_finish_time: bool = False
    records_resets: bool = True
    terminates_the_hostless: bool = True


@cache
def flavour_text(size: Size) -> str:
    """A flavour as it is stored with an instance."""
    names = dict(zip(("id", "flavorid", "name", "vcpus", "memory_mb", "root_gb", "ephemeral_gb"), size, strict=True))
    return json.dumps({"cur": {"nova_object.name": "Flavor", "nova_object.data": names}, "old": None, "new": None})


class Server:
    """An instance, its rows and its truth. `second` is the time; whatever is done to it takes some."""

    def __init__(self, journal: Journal, random: Random, habits: Habits, number: int, second: int) -> None:
        self.journal, self.random, self.habits, self.second = journal, random, habits, second
        self.uuid = str(UUID(int=number + 1))
        self.cell = "cell1"
        self.host: str | None = None
        self.size = random.choice(SIZES)
        self.instance: Key
        self.extra: Key
        self.truth: Truth
        self.first_launch: int | None = None
        self.built: int | None = None  # when the action of the create ended
        self.relaunched = False
        self.telling: list[int] = []  # seconds of which only a reading of the row can tell
        self._requests = 0

    # -- time

    def pass_time(self, least: int, most: int) -> None:
        self.second += self.random.randint(least, most)

    def settle(self) -> None:
        """Between the save of the row and the end of the event."""
        self.second += self.random.choice((0, 0, 0, 1, 1, 2))

    def be_read(self) -> None:
        """Nothing but the row tells what it is now; what follows comes later than a cycle takes to read it."""
        self.telling.append(self.second)
        self.pass_time(301, 3600)

    @property
    def state(self) -> str:
        return self.truth.now.state

    @property
    def blurred(self) -> list[tuple[int, int]]:
        """The second or two in which it was launched, once the row tells of a later launch only."""
        if not self.relaunched or self.first_launch is None or self.built is None:
            return []
        return [(self.first_launch, self.built)]

    # -- rows

    def appear(self, cell: str, **columns: Any) -> None:
        """The row of a new instance: updated_at is empty until its first save."""
        self.cell = cell
        row = {
            **_sized(self.size), "uuid": self.uuid, "project_id": "a" * 32, "user_id": "u" * 32, "vm_state": "building",
            "task_state": "scheduling", "power_state": 0, "host": None, "node": None, "availability_zone": None,
            "launched_at": None, "terminated_at": None, "created_at": at(self.second), "updated_at": None,
            "deleted_at": None, "deleted": 0, "hidden": 0,
        }  # fmt: skip
        self.instance = self.journal.insert(self.second, cell, "instances", **{**row, **columns})
        self.extra = self.journal.insert(
            self.second, cell, "instance_extra", instance_uuid=self.uuid, created_at=at(self.second), updated_at=None,
            deleted_at=None, deleted=0, flavor=flavour_text(self.size),
        )  # fmt: skip
        if not hasattr(self, "truth"):
            self.truth = Truth(self.second, Being(self.size.id, "building", False))

    def save(self, **columns: Any) -> None:
        self.journal.update(self.second, self.instance, updated_at=at(self.second), **columns)

    def launch(self, **columns: Any) -> None:
        """A save that says the guest was launched, for the first time or again."""
        if self.first_launch is None:
            self.first_launch = self.second
        else:
            self.relaunched = True
        self.save(launched_at=at(self.second), **columns)

    def take_size(self, size: Size) -> None:
        """The row and its copy of the flavour; `truth` follows with the end of the action."""
        self.size = size
        self.save(**_sized(size))
        self.journal.update(self.second, self.extra, updated_at=at(self.second), flavor=flavour_text(size))

    def move(self, host: str | None) -> None:
        self.host = host
        self.save(host=host, node=host and f"{host}.example.org", availability_zone=host and "az1")

    def other_host(self) -> str:
        return self.random.choice([f"compute{number}" for number in range(1, 6) if f"compute{number}" != self.host])

    # -- actions and migrations

    def request(self, action: str, *, events: bool = True, asked: int | None = None) -> Key:
        """Record the start of an action, when it was asked for, and soon its first event."""
        self._requests += 1
        asked_at = at(self.second if asked is None else asked)
        key = self.journal.insert(
            self.second, self.cell, "instance_actions", instance_uuid=self.uuid, action=action,
            request_id=f"req-{self.uuid[-12:]}-{self._requests}", start_time=asked_at, finish_time=None,
            message=None, created_at=at(self.second), updated_at=asked_at, deleted=0, project_id="a" * 32,
        )  # fmt: skip
        if events:
            self.second += self.random.choice((0, 0, 1, 2, 7))
            self.event(key)
        return key

    def event(self, action: Key, *, failed: bool = False) -> None:
        """An event of the action begins or ends."""
        changes: dict[str, Any] = {"message": "Error"} if failed else {}
        self.journal.update(self.second, action, updated_at=at(self.second), **changes)

    def finish(self, action: Key, *, failed: bool = False) -> None:
        """The last event of an action ends."""
        self.event(action, failed=failed)
        if self.habits.writes_finish_time:
            self.journal.update(self.second, action, finish_time=at(self.second))

    def migration(self, kind: str, status: str, new: Size | None, dest: str | None, **columns: Any) -> Key:
        row = {
            "uuid": str(UUID(int=self.random.getrandbits(128))), "instance_uuid": self.uuid, "migration_type": kind,
            "status": status, "old_instance_type_id": self.size.id,
            "new_instance_type_id": new.id if new else self.size.id, "source_compute": self.host,
            "dest_compute": dest, "created_at": at(self.second), "updated_at": None, "deleted_at": None, "deleted": 0,
            "cross_cell_move": 0,
        }  # fmt: skip
        return self.journal.insert(self.second, self.cell, "migrations", **{**row, **columns})

    def set_status(self, migration: Key, status: str) -> None:
        self.journal.update(self.second, migration, status=status, updated_at=at(self.second))

    # -- truth

    def become(self, state: str) -> None:
        self.truth.become(self.second, state=state)

    def terminate(self) -> None:
        """Use ends."""
        self.save(vm_state="deleted", task_state=None, power_state=0, terminated_at=at(self.second))
        self.truth.become(self.second, state="deleting", in_use=False)

    def destroy(self) -> None:
        """The soft delete, of the row and of what hangs from it, but for the actions."""
        gone = {"deleted_at": at(self.second)}
        self.journal.update(self.second, self.instance, deleted=self.instance[2], **gone)
        for table in ("instance_extra", "migrations"):
            for key in self.journal.keys(table):
                if key[0] == self.cell and self.journal.current(key)["instance_uuid"] == self.uuid:
                    self.journal.update(self.second, key, deleted=key[2], **gone)
        self.truth.end(self.second)


def _sized(size: Size) -> dict[str, Any]:
    return {
        "instance_type_id": size.id, "vcpus": size.vcpus, "memory_mb": size.memory_mb, "root_gb": size.root_gb,
        "ephemeral_gb": size.ephemeral_gb,
    }  # fmt: skip
