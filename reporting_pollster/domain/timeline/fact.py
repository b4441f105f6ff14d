"""The facts of one instance, as the reporting database keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.notified import Telling


class Flavour(NamedTuple):
    """A size: MB of memory, GB of disk. `id` is nova's internal number, `uuid` the flavorid that users see."""

    id: int | None
    uuid: str | None
    name: str | None
    vcpus: int | None
    memory: int | None
    root: int | None
    ephemeral: int | None


class InstanceVersion(NamedTuple):
    """A version of the row of an instance: what was read or told at `known_from`, and held until the next version."""

    known_from: datetime
    project_id: str | None
    created_by: str | None
    flavour: Flavour
    vm_state: str | None
    host: str | None
    availability_zone: str | None
    created: datetime | None
    launched: datetime | None
    terminated: datetime | None
    deleted: datetime | None
    updated: datetime | None
    active: bool
    vanished_after: datetime | None = None
    vanished_before: datetime | None = None
    telling: Telling | None = None


class Action(NamedTuple):
    """An entry of nova's instance_actions; `failed` when it carries an error.

    nova leaves `finished` empty, but for very few actions; `updated` is when it was asked for, or the last of its
    events began or ended. So of an action that was read while it ran, `ended` is too early.
    """

    action: str
    started: datetime | None
    finished: datetime | None
    failed: bool = False
    request_id: str | None = None
    updated: datetime | None = None

    @property
    def ended(self) -> datetime | None:
        return self.finished or self.updated


class Migration(NamedTuple):
    """A resize, migration or evacuation; flavours by their internal numbers."""

    id: int
    uuid: str | None
    type: str | None
    status: str | None
    old_flavour: int | None
    new_flavour: int | None
    source_host: str | None
    dest_host: str | None
    created: datetime | None
    updated: datetime | None


class InstanceFacts(NamedTuple):
    """Everything known of one instance; the order within the tuples does not matter.

    `versions` has at least the current row. `flavours` are those that the migrations name, by internal number.
    """

    versions: tuple[InstanceVersion, ...]
    actions: tuple[Action, ...] = ()
    migrations: tuple[Migration, ...] = ()
    flavours: Mapping[int | None, Flavour] = {}
