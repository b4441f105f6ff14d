"""Keystone's notifications, basic and CADF.

They name ids and nothing else, so each only says which tables to read again. Traps: what keystone removes along with a
project, user, group or domain is not told (role assignments, members); an assignment is also announced that failed.
"""

from __future__ import annotations

from collections.abc import Mapping

from reporting_pollster.domain.notification.action import read_again
from reporting_pollster.domain.notification.column import is_unset
from reporting_pollster.domain.notification.message import IGNORED as NOTHING
from reporting_pollster.domain.notification.message import Handler, Meaning, Notification

_MEMBERS = ("group_member", "role")
_IN_DOMAIN = ("domain", "project", "user", "user_group", *_MEMBERS)

_TABLES: Mapping[str, tuple[str, ...]] = {
    "project.created": ("project", "role"),  # roles are inherited from above
    "project.updated": ("project",),
    "project.deleted": ("project", "role"),
    "user.created": ("user",),
    "user.updated": ("user",),
    "user.deleted": ("user", *_MEMBERS),
    "group.created": ("user_group",),
    "group.updated": ("user_group", *_MEMBERS),  # a change of its members as well
    "group.deleted": ("user_group", *_MEMBERS),
    "role.created": ("role",),
    "role.updated": ("role",),
    "role.deleted": ("role",),
    "role_assignment.created": ("role",),
    "role_assignment.deleted": ("role",),
    "domain.created": ("domain",),
    "domain.updated": ("domain", "project", "user"),  # disabled with it
    "domain.deleted": _IN_DOMAIN,
}

IGNORED = (
    "identity.authenticate",
    "identity.authenticate.*",
    "identity.access_token.*",
    "identity.application_credential.*",
    "identity.credential.*",
    "identity.endpoint.*",
    "identity.endpoint_group.*",
    "identity.idp.*",
    "identity.limit.*",
    "identity.mapping.*",
    "identity.OS-*",
    "identity.policy.*",
    "identity.protocol.*",
    "identity.region.*",
    "identity.registered_limit.*",
    "identity.request_token.*",
    "identity.service.*",
    "identity.service_provider.*",
    "identity.trust.*",
    "audit.http.*",
)


def _handler(tables: tuple[str, ...]) -> Handler:
    done = read_again(*tables)

    def handle(notification: Notification) -> Meaning:
        outcome = notification.payload.get("outcome")
        return done(notification) if is_unset(outcome) or outcome == "success" else NOTHING

    return handle


EVENTS: Mapping[str, Handler] = {f"identity.{name}": _handler(tables) for name, tables in _TABLES.items()}
