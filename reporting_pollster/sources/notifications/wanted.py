"""Which queues are read: those of topics of our own, or one of our own that copies what is sent to a topic.

The topic `notifications` has readers already (ceilometer): each message goes to one of them only, so that reading its
queue would take messages away from them, and theirs from us. It is refused unless somebody means it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reporting_pollster.config.settings import NotificationSettings
from reporting_pollster.errors import SettingsError

SHARED_TOPIC = "notifications"
_PRIORITIES = ("audit", "debug", "info", "warn", "error", "critical", "sample")


@dataclass(frozen=True)
class Wanted:
    """Queues that others make; or a pool: a queue of ours, bound to each exchange with each routing key."""

    queues: tuple[str, ...]
    pool: str | None = None
    exchanges: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)  # of the pool's queue, in the driver's words


def wanted_of(settings: NotificationSettings) -> Wanted:
    """What the settings ask for; raises SettingsError for what would harm others."""
    _check(settings)
    keys = tuple(f"{topic}.{priority}" for topic in settings.topics for priority in settings.priorities)
    if settings.pool:
        return Wanted((settings.pool,), settings.pool, settings.exchanges, keys, _properties(settings))
    if SHARED_TOPIC in settings.topics and not settings.allow_shared_queue:
        raise SettingsError(
            f"[notifications] topics has {SHARED_TOPIC}, whose messages would be lost to its other readers",
            hint="have the services send to a topic of ours as well (topics = notifications,reporting there, and "
            "topics = reporting here), or set pool; if there is no other reader, allow_shared_queue = true",
        )
    return Wanted(keys)


def _check(settings: NotificationSettings) -> None:
    for name in ("topics", "priorities"):
        if not getattr(settings, name):
            raise SettingsError(f"[notifications] {name} is empty", hint="take the line out for the default")
    unknown = set(settings.priorities) - set(_PRIORITIES)
    if unknown:
        raise SettingsError(
            f"[notifications] priorities has {', '.join(sorted(unknown))}", hint=f"known are {', '.join(_PRIORITIES)}"
        )
    if settings.pool and not settings.exchanges:
        raise SettingsError("[notifications] exchanges is empty", hint="a pool copies from those that it names")


def _properties(settings: NotificationSettings) -> dict[str, Any]:
    quorum = settings.rabbit_quorum_queue
    return {
        "durable": settings.amqp_durable_queues or quorum,
        "auto_delete": settings.amqp_auto_delete,
        "arguments": {"x-queue-type": "quorum"} if quorum else {},
    }
