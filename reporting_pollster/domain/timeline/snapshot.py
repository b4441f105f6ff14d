"""The periods of one snapshot, from its row's versions.

It counts as use from its creation to its deletion, as cinder counts it against the quota. One whose creation failed
(an error, and never available) is no use, nor is a temporary one. Cinder doesn't say when it became available: until a
reading shows otherwise, it is taken to have been what it was at the first reading.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.domain.timeline.period import Period, Track
from reporting_pollster.domain.timeline.plain import life, side_by_side, states_told, told

# What cinder's status says of a snapshot or a backup; any other one leaves the state as it was.
COPY_STATES = {
    "creating": "creating",
    "available": "available",
    "error": "error",
    "error_deleting": "error",
    "deleting": "deleting",
    "unmanaging": "deleting",
}
STATES = ("creating", "available", "error", "deleting")


class SnapshotVersion(NamedTuple):
    """A version of the row of a snapshot; the type of its volume by UUID, its size in GB."""

    known_from: datetime
    project_id: str | None
    size: int | None
    volume_type: str | None
    status: str | None
    temporary: bool | None
    created: datetime | None
    deleted: datetime | None
    updated: datetime | None
    active: bool
    vanished_after: datetime | None = None
    vanished_before: datetime | None = None
    telling: Telling | None = None


class SnapshotValues(NamedTuple):
    """What a period of a snapshot says."""

    state: str
    in_use: bool
    size: int | None
    volume_type: str | None
    project_id: str | None


def snapshot_periods(versions: Collection[SnapshotVersion]) -> list[Period[SnapshotValues]]:
    """The periods of a snapshot in order, without gaps; none when nothing tells when it began."""
    bounds = life(versions)
    if bounds is None:
        return []
    states = states_told(bounds, COPY_STATES, "available")
    counts = was_made(states) and not any(version.temporary for version in versions)
    tracks = (
        states,
        told(bounds, "size", "size as read"),
        told(bounds, "volume_type", "volume type as read"),
        told(bounds, "project_id", "project as read"),
    )
    return [
        period._replace(values=SnapshotValues(state, counts and state != "deleting", *others))
        for period in side_by_side(bounds, tracks)
        for state, *others in (period.values,)
    ]


def was_made(states: Track) -> bool:
    """Whether a snapshot or backup didn't fail in its creation, as far as is known."""
    shown = {change.value for change in states}
    return "error" not in shown or "available" in shown
