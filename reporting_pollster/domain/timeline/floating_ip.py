"""The periods of one floating IP, from its row's versions.

It counts as use from its allocation to its release, attached to a port or only reserved: nobody else can have the
address. Neutron deletes outright, so a release always lies between two instants.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from reporting_pollster.domain.timeline.notified import Telling
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.plain import life, side_by_side, told

STATES = ("reserved", "attached")


class FloatingIPVersion(NamedTuple):
    """A version of the row of a floating IP."""

    known_from: datetime
    project_id: str | None
    address: str | None
    port_id: str | None
    created: datetime | None
    deleted: datetime | None
    updated: datetime | None
    active: bool
    vanished_after: datetime | None = None
    vanished_before: datetime | None = None
    telling: Telling | None = None


class FloatingIPValues(NamedTuple):
    """What a period of a floating IP says."""

    state: str
    in_use: bool
    address: str | None
    attached: bool
    project_id: str | None


def floating_ip_periods(versions: Collection[FloatingIPVersion]) -> list[Period[FloatingIPValues]]:
    """The periods of a floating IP in order, without gaps; none when nothing tells when it began."""
    bounds = life(versions)
    if bounds is None:
        return []
    tracks = (
        told(bounds, "port_id", "port as read", lambda version: version.port_id is not None),
        told(bounds, "address", "address as read"),
        told(bounds, "project_id", "project as read"),
    )
    return [
        period._replace(
            values=FloatingIPValues("attached" if attached else "reserved", True, address, attached, project)
        )
        for period in side_by_side(bounds, tracks)
        for attached, address, project in (period.values,)
    ]
