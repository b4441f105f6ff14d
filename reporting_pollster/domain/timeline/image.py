"""The periods of one image, from its row's versions.

An image counts as use while it has data that can be had: active or deactivated, not while it is announced, uploaded,
or waiting for the scrubber. Its size is unknown until the upload ends. A deletion leaves the status alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.domain.timeline.period import Change, Period, Track
from reporting_pollster.domain.timeline.plain import Life, life, side_by_side, state_readings, states_told, told

_STATES = {
    "queued": "queued",
    "saving": "saving",
    "uploading": "saving",
    "importing": "saving",
    "active": "active",
    "deactivated": "deactivated",
    "killed": "killed",
    "pending_delete": "deleting",
}
STATES = ("queued", "saving", "active", "deactivated", "killed", "deleting")
_USED = frozenset({"active", "deactivated"})
_HAD_DATA = _USED | {"deleting"}


class ImageVersion(NamedTuple):
    """A version of the row of an image; its size in bytes."""

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


class ImageValues(NamedTuple):
    """What a period of an image says."""

    state: str
    in_use: bool
    size: int | None
    project_id: str | None


def image_periods(versions: Collection[ImageVersion]) -> list[Period[ImageValues]]:
    """The periods of an image in order, without gaps; none when nothing tells when it began."""
    bounds = life(versions)
    if bounds is None:
        return []
    tracks = (
        _states(bounds),
        told(bounds, "size", "size as read"),
        told(bounds, "project_id", "project as read"),
    )
    return [
        period._replace(values=ImageValues(state, state in _USED, *others))
        for period in side_by_side(bounds, tracks)
        for state, *others in (period.values,)
    ]


def _states(bounds: Life[ImageVersion]) -> Track:
    unread, readings = _unread(bounds.row), state_readings(bounds, _STATES)
    uploaded_since = unread in _USED and not {reading.value for reading in readings} & _HAD_DATA
    track = states_told(bounds, _STATES, unread, unread if uploaded_since else None)
    first = readings[0] if readings else None
    if first is None or first.rule is None or first.value not in _USED or first.begun <= bounds.begun.at:
        return track
    activated = Change(first.saved or first.begun, first.value, "notification", first.rule, first.fact)
    return [track[0].to("queued"), activated, *track[1:]]  # the first that is known is that its data came


def _unread(row: ImageVersion) -> str:
    """What an image was that was first read when it was gone: glance may keep the status it had."""
    state = _STATES.get(row.status or "", "deleting")
    return state if state != "deleting" else "queued" if row.size is None else "active"
