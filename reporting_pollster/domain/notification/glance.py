"""Glance's notifications.

Traps: an image has no size until its data came; a failed upload sends a text instead of an image. The owner is a
project, and no user is ever named.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting_pollster.domain.notification.action import CREATE, DELETE, UPDATE, Action, told
from reporting_pollster.domain.notification.column import fitted, identity
from reporting_pollster.domain.notification.message import Handler, Hint, Meaning, Notification
from reporting_pollster.domain.notification.payload import renamed

_NAMES = {
    "id": "id",
    "owner": "project_id",
    "name": "name",
    "size": "size",
    "status": "status",
    "visibility": "visibility",
    "created_at": "created",
    "deleted_at": "deleted",
}

_ACTIONS: Mapping[str, Action] = {
    "create": CREATE,
    "delete": DELETE,
    "update": UPDATE,
    "prepare": Action("prepare", stale=frozenset({"status"})),
    "upload": Action("upload", frozenset({"size"})),
    "activate": Action("activate", frozenset({"status", "size"})),
}

IGNORED = ("image.send", "task.*", "metadef_*")


def _handler(done: Action) -> Handler:
    def handle(notification: Notification) -> Meaning:
        values = fitted("image", renamed(notification.payload, _NAMES))
        ended = values.pop("deleted", None)
        fact = told("image", done, values, notification.sent, ended)
        gone = ended is not None and done is not DELETE
        return Meaning("applied", () if gone else (fact,), (Hint("image", fact.id),))

    return handle


def _shared(notification: Notification) -> Meaning:
    return Meaning("applied", (), (Hint("image", identity("image id", notification.payload.get("image_id"))),))


EVENTS: Mapping[str, Handler] = {
    **{f"image.{name}": _handler(done) for name, done in _ACTIONS.items()},
    **{f"image.member.{name}": _shared for name in ("create", "update", "delete")},
}
