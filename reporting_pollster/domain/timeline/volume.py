"""The periods of one volume, from its row's versions and its attachments.

- A volume is in use (counts as use) from its creation until its deletion is asked for, attached or not: that long its
  owner has the space, and cinder counts it against the quota. While it waits to be deleted it is the cloud's, though
  cinder gives the quota back only at the end. A deletion that failed makes it use again.
- A volume whose creation failed was never of any use to anybody, and is none at any time: it was never launched, and
  shows an error or is gone. Nor is a temporary one: it belongs to an operation of cinder's.
- Its size, type, owner and zone are told by its row alone. `launched` tells when it was first available; a migration
  swaps that time with the twin's, so the earliest counts, and only if no earlier sign contradicts it.
- It is attached while any of its attachments is, which carry exact times; the volume's own status lags behind them, and
  in old releases a detach leaves no trace in `updated`. So `in-use` says nothing more than `available` here.
- `terminated` tells when its deletion was asked for, and stays when that fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.domain.timeline.period import Change, Period, Reading, Track, in_order, reconciled
from reporting_pollster.domain.timeline.plain import Life, by_age, life, saved_by, side_by_side, state_readings, told

# What cinder's status says of it; any other one is on its way between two of these, and leaves the state as it was.
_STATES = {
    "creating": "creating",
    "downloading": "creating",
    "managing": "creating",
    "available": "available",
    "in-use": "available",
    "error": "error",
    "error_backing-up": "error",
    "error_deleting": "error",
    "error_extending": "error",
    "error_managing": "error",
    "error_restoring": "error",
    "deleting": "deleting",
    "unmanaging": "deleting",
}
STATES = ("creating", "available", "in-use", "error", "deleting")

_RESERVED = frozenset({"reserved", "attaching", "error_attaching"})  # not attached yet, perhaps never
_HELD = frozenset({"attached", "detaching", "error_detaching", None})  # old rows have no status


class VolumeVersion(NamedTuple):
    """A version of the row of a volume; its type by UUID, its size in GB."""

    known_from: datetime
    project_id: str | None
    size: int | None
    volume_type: str | None
    status: str | None
    availability_zone: str | None
    temporary: bool | None
    created: datetime | None
    launched: datetime | None
    terminated: datetime | None
    deleted: datetime | None
    updated: datetime | None
    active: bool
    vanished_after: datetime | None = None
    vanished_before: datetime | None = None
    telling: Telling | None = None


class AttachmentVersion(NamedTuple):
    """A version of the row of an attachment, which begins with a reservation (`created`)."""

    known_from: datetime
    id: str
    status: str | None
    attached: datetime | None
    detached: datetime | None
    created: datetime | None
    deleted: datetime | None
    updated: datetime | None
    active: bool
    vanished_after: datetime | None = None
    vanished_before: datetime | None = None
    telling: Telling | None = None


class VolumeFacts(NamedTuple):
    """Everything known of one volume; the order within the tuples does not matter.

    `told` are readings of whether it was attached, which notifications tell besides.
    """

    versions: tuple[VolumeVersion, ...]
    attachments: tuple[AttachmentVersion, ...] = ()
    told: tuple[Reading, ...] = ()


class VolumeValues(NamedTuple):
    """What a period of a volume says."""

    state: str
    in_use: bool
    size: int | None
    volume_type: str | None
    attached: bool
    project_id: str | None
    availability_zone: str | None


class _Span(NamedTuple):
    """From the attaching to the detaching (None: attached still)."""

    begun: Change
    ended: Change | None


def volume_periods(facts: VolumeFacts) -> list[Period[VolumeValues]]:
    """The periods of a volume in order, without gaps; none when nothing tells when it began."""
    spans = _spans(facts.attachments)
    signs = [version.launched for version in facts.versions]
    signs += [time for each in facts.attachments for time in (each.created, each.attached)]
    bounds = life(facts.versions, signs, _asked(facts.versions))
    if bounds is None:
        return []
    states = _states(bounds, facts.versions, spans)
    tracks = (
        states,
        _attached(bounds, spans, facts.told),
        told(bounds, "size", "size as read"),
        told(bounds, "volume_type", "volume type as read"),
        told(bounds, "project_id", "project as read"),
        told(bounds, "availability_zone", "availability zone as read"),
    )
    counts = not (_failed(bounds, states) or any(version.temporary for version in facts.versions))
    return [period._replace(values=_values(counts, *period.values)) for period in side_by_side(bounds, tracks)]


def _values(
    counts: bool, state: str, attached: bool, size: int | None, kind: str | None, project: str | None, zone: str | None
) -> VolumeValues:
    shown = "in-use" if attached and state == "available" else state
    return VolumeValues(shown, counts and state != "deleting", size, kind, attached, project, zone)


def _asked(versions: Sequence[VolumeVersion]) -> datetime | None:
    """When the deletion was asked for that it awaits, or that was its end."""
    row = by_age(versions)[-1] if versions else None
    return None if row is None or (row.active and _STATES.get(row.status or "") != "deleting") else row.terminated


def _failed(bounds: Life[VolumeVersion], states: Track) -> bool:
    seen = {change.value for change in states}
    return "available" not in seen and (bounds.ended is not None or "error" in seen)


def _states(bounds: Life[VolumeVersion], versions: Iterable[VolumeVersion], spans: Sequence[_Span]) -> Track:
    begun, ended = bounds.begun, bounds.ended
    readings = state_readings(bounds, _STATES)
    readings += _attachings(bounds, spans)
    readings.sort(key=lambda reading: reading.begun)
    track = [begun._replace(value="creating")]
    available = [reading.begun for reading in readings if reading.value == "available"]
    ordered = by_age(versions)
    launches = [(version.launched, number) for number, version in enumerate(ordered) if version.launched is not None]
    if launches:
        at, number = min(launches)
        if at <= min(available, default=at):
            track.append(Change(max(at, begun.at), "available", "row", "launched", ordered[number]))
    asked = {version.terminated: version for version in reversed(ordered)}
    track += [
        Change(max(at, begun.at), "deleting", "row", "terminated", version)
        for at, version in asked.items()
        if at is not None and (ended is None or at < ended.at)
    ]
    return reconciled(in_order(track), readings, "state as read")


def _attachings(bounds: Life[VolumeVersion], spans: Iterable[_Span]) -> list[Reading]:
    """An attaching is as good as a reading: it is done to a volume that is available."""
    found = []
    for begun, _ended in spans:
        at = max(begun.at, bounds.begun.at)
        if begun.origin == "row" and (bounds.ended is None or at < bounds.ended.at):
            found.append(Reading(at, at, "available", at, begun.fact))
    return found


def _attached(bounds: Life[VolumeVersion], spans: Sequence[_Span], told_besides: Iterable[Reading]) -> Track:
    """Of attachments that overlap, or follow each other within a second (a live migration), the union."""
    begun, ended = bounds.begun, bounds.ended
    steps = [(max(span.begun.at, begun.at), 0, span.begun) for span in spans]
    steps += [(max(span.ended.at, begun.at), 1, span.ended) for span in spans if span.ended is not None]
    track, held = [begun._replace(value=False)], 0
    for at, ends, change in sorted(steps, key=lambda step: step[:2]):
        before, held = held, held + (-1 if ends else 1)
        if not before or not held:
            track.append(change._replace(at=at, value=bool(held)))
    known = [reading for reading in told_besides if reading.begun >= begun.at]
    known = [reading for reading in known if ended is None or reading.begun < ended.at]
    return reconciled(track, sorted(known, key=_reading_order), "attached as told") if known else track


def _reading_order(reading: Reading) -> tuple[datetime, bool, bool]:
    return reading.begun, reading.rule is None, bool(reading.value)


def _spans(attachments: Iterable[AttachmentVersion]) -> list[_Span]:
    rows: dict[str, list[AttachmentVersion]] = defaultdict(list)
    for version in by_age(attachments):
        rows[version.id].append(version)
    found = []
    for _id, versions in sorted(rows.items()):
        begun = _attaching(versions)
        ended = None if begun is None else _detaching(begun, versions)
        if begun is not None and (ended is None or begun.at <= ended.at):
            found.append(_Span(begun, ended))
    return found


def _attaching(versions: Sequence[AttachmentVersion]) -> Change | None:
    row = versions[-1]
    if row.active and row.status in _RESERVED:
        return None
    times = [(version.attached, number) for number, version in enumerate(versions) if version.attached is not None]
    if times:
        at, number = min(times)
        return Change(at, True, "row", "attached", versions[number])
    for number, version in enumerate(versions):
        if version.active and version.status in _HELD:
            before = versions[number - 1].known_from if number else version.created
            at = max(saved_by(version), before or saved_by(version))
            return Change(at, True, "estimate", "attached without a time", version, None, before or at, at)
    return None


def _detaching(begun: Change, versions: Sequence[AttachmentVersion]) -> Change | None:
    row = versions[-1]
    if row.active and row.status != "detached":
        return None
    at = row.detached or (row.deleted if row.vanished_before is None else None)
    if at is not None:
        return Change(at, False, "row", "detached", row)
    held = [version.known_from for version in versions if version.active and version.status in _HELD]
    signs = [begun.at, *held, *([] if row.vanished_after is None else [row.vanished_after])]
    at = row.vanished_before or row.known_from
    rule = "detached without a time" if row.vanished_before is None else "the attachment vanished"
    return Change(at, False, "estimate", rule, row, None, min(max(signs), at), at)
