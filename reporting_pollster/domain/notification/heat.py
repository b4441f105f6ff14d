"""Heat's notifications: a stack that has changed, of a table that is read whole.

The trap: nothing in a message tells a nested stack from one that a user made, which is what we keep; the row does.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting_pollster.domain.notification.action import read_again
from reporting_pollster.domain.notification.message import Handler

_ACTIONS = (
    *("create", "update", "delete", "suspend", "resume", "rollback", "check", "adopt", "snapshot", "restore", "init"),
)

IGNORED = ("orchestration.autoscaling.*",)

EVENTS: Mapping[str, Handler] = {f"orchestration.stack.{name}.end": read_again("stack") for name in _ACTIONS}
