"""The values that notifications become.

The trap is the time: a message says when it was sent, and its payload may say when the thing really happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from reporting_pollster.errors import PollsterError


class Malformed(PollsterError):
    """A message that can't be used. `reason` names the fault without any of the content.

    `message_id` is the message's own, or one made from its body; None only when there is no body to make it from.
    """

    def __init__(self, reason: str, message_id: str | None = None) -> None:
        super().__init__(f"malformed notification: {reason}", message_id=message_id)
        self.reason = reason
        self.message_id = message_id


class Notification(NamedTuple):
    """A message out of its envelope. `sent` is UTC, naive, with its fraction; `priority` is in upper case."""

    message_id: str
    event_type: str
    publisher_id: str
    priority: str
    sent: datetime
    payload: Any


class Told(NamedTuple):
    """What a notification tells of one resource, as it was at an instant (UTC, whole seconds).

    `exact` names the values that changed at this very instant, by this event; the others had become so before. A
    column that isn't among `values` was not told.
    """

    resource: str
    id: str
    at: datetime
    event: str
    exact: frozenset[str]
    values: Mapping[str, Any]


class Hint(NamedTuple):
    """A reporting table to read again: one row by key, or the whole (key None)."""

    table: str
    key: str | None


class Meaning(NamedTuple):
    """What a notification means to us; one that is ignored or unknown tells nothing."""

    verdict: Literal["applied", "ignored", "unknown"]
    told: tuple[Told, ...] = ()
    hints: tuple[Hint, ...] = ()


IGNORED = Meaning("ignored")
UNKNOWN = Meaning("unknown")

Handler = Callable[[Notification], Meaning]
