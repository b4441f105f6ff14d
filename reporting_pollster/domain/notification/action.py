"""Makes a fact of an action and of what its payload shows.

Traps: what is over was sent with the resource as it is now, but some payloads still show what was before: that is
`stale`, and not told. The time of a creation and of an end is in the payload, if anywhere; all else is as old as the
message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reporting_pollster.domain.notification.column import Unusable
from reporting_pollster.domain.notification.message import Handler, Hint, Meaning, Notification, Told


@dataclass(frozen=True)
class Action:
    """An action by our word, what it changes at its instant, and what its payload may still show as it was."""

    event: str
    exact: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


CREATE = Action("create")
DELETE = Action("delete", frozenset({"deleted"}))
UPDATE = Action("update")
EXISTS = Action("exists")


def told(resource: str, done: Action, values: Mapping[str, Any], sent: datetime, ended: datetime | None = None) -> Told:
    """The fact; raises Unusable when the values don't say of what. `ended` is the time of a deletion, where known."""
    known = {name: value for name, value in values.items() if name not in done.stale}
    resource_id = known.pop("id", None)
    if resource_id is None:
        raise Unusable(f"no {resource.replace('_', ' ')} id")
    at, exact = sent.replace(microsecond=0), done.exact
    if done.event == CREATE.event:
        at, exact = known.get("created") or at, done.exact or frozenset(known)
    if done.event == DELETE.event:
        at = ended or at
        known["deleted"] = at
    return Told(resource, resource_id, at, done.event, exact.intersection(known), known)


def read_again(*tables: str) -> Handler:
    """For events that tell nothing themselves, of tables that are small and read whole."""

    def handle(_notification: Notification) -> Meaning:
        return Meaning("applied", (), tuple(Hint(table, None) for table in tables))

    return handle
