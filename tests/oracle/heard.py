"""The periods of an instance, of what was read at some instants and of what messages told, by the whole derivation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reporting_pollster.derived.instance_period import TIMELINE
from reporting_pollster.domain.notification import Told, decode, meaning
from reporting_pollster.domain.timeline.fact import Flavour, InstanceFacts, InstanceVersion
from reporting_pollster.domain.timeline.instance import InstanceValues
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.events.base import Event
from reporting_pollster.events.instance_event import EVENT
from tests.oracle.comparison import Periods
from tests.oracle.reader import FLAVOURS

_VANISHED = ("vanished_after", "vanished_before")


def told_by(bodies: Iterable[bytes]) -> list[Told]:
    """What messages tell, each by itself: one that came twice tells it once."""
    notifications = {each.message_id: each for each in map(decode, bodies)}
    return [told for each in notifications.values() for told in meaning(each).told]


def periods_of(facts: InstanceFacts, told: Sequence[Told]) -> Periods:
    """As the pollster derives them; `facts` may have no versions at all."""
    versions = [_row(version) for version in facts.versions]
    found = TIMELINE.derive(
        {
            "rows": versions[-1:],
            "versions": [row[: -len(_VANISHED)] for row in versions[:-1]],
            "actions": [("", *action) for action in facts.actions],
            "migrations": [("", *migration) for migration in facts.migrations],
            "events": [event_row(EVENT, each) for each in told],
        },
        FLAVOURS,
    )
    return [Period(each.start, each.end, _values(each.values), each.began, each.finished) for each in found]


def event_row(event: Event, told: Told) -> tuple[Any, ...]:
    """A row of the query for events."""
    values = {name: value or "" if name in event.refers else value for name, value in told.values.items()}
    return (told.id, told.at, told.event, ",".join(sorted(told.exact)), *(values.get(name) for name in event.columns))


def _row(version: InstanceVersion) -> tuple[Any, ...]:
    said = version._asdict()
    del said["telling"]
    size = said.pop("flavour")
    first = ("known_from", "project_id", "created_by")
    return ("", *(said.pop(name) for name in first), *size, *said.values())


def _values(row: tuple[Any, ...]) -> InstanceValues:
    project, _user, state, in_use, *size, host, zone = row
    return InstanceValues(state, in_use, Flavour(*size), project, host, zone)
