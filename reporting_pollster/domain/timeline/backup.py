"""The periods of one backup, from its row's versions. Use and states are those of snapshots."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.plain import life, side_by_side, states_told, told
from reporting_pollster.domain.timeline.snapshot import COPY_STATES, was_made


class BackupVersion(NamedTuple):
    """A version of the row of a backup; its size is that of the volume, in GB."""

    known_from: datetime
    project_id: str | None
    size: int | None
    status: str | None
    created: datetime | None
    deleted: datetime | None
    updated: datetime | None
    active: bool
    vanished_after: datetime | None = None
    vanished_before: datetime | None = None
    telling: Telling | None = None


class BackupValues(NamedTuple):
    """What a period of a backup says."""

    state: str
    in_use: bool
    size: int | None
    project_id: str | None


def backup_periods(versions: Collection[BackupVersion]) -> list[Period[BackupValues]]:
    """The periods of a backup in order, without gaps; none when nothing tells when it began."""
    bounds = life(versions)
    if bounds is None:
        return []
    states = states_told(bounds, COPY_STATES, "available")
    counts = was_made(states)
    tracks = (
        states,
        told(bounds, "size", "size as read"),
        told(bounds, "project_id", "project as read"),
    )
    return [
        period._replace(values=BackupValues(state, counts and state != "deleting", *others))
        for period in side_by_side(bounds, tracks)
        for state, *others in (period.values,)
    ]
