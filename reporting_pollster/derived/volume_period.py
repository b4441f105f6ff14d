"""Periods of volumes: from when to when each had which size, type and state, for whom, and whether it was attached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, String, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.declared_facts import FACT, declared_first, declared_rows
from reporting_pollster.derived.event_facts import as_told, ends, telling_of, time_of, told_rows, told_versions
from reporting_pollster.derived.row_facts import (
    as_rows,
    current_rows,
    earlier_rows,
    earlier_rows_of,
    usage_by_volume_type,
)
from reporting_pollster.domain.timeline.declared import Declared
from reporting_pollster.domain.timeline.period import Period, Reading
from reporting_pollster.domain.timeline.volume import AttachmentVersion, VolumeFacts, VolumeVersion, volume_periods
from reporting_pollster.entities.base import Reporting, ident
from reporting_pollster.events.almanach import AlmanachEntity
from reporting_pollster.events.volume_event import EVENT, VolumeEvent


class VolumePeriod(PeriodColumns, Reporting):
    """Periods in which a volume had the same size, type, state and owner"""

    __tablename__ = "volume_period"
    __table_args__ = period_indexes("volume_period")

    size: Mapped[int | None] = mapped_column(comment="Provisioned size, GB")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID (volume_type.id)")
    attached: Mapped[bool] = mapped_column(comment="Attached to an instance or to a host")
    availability_zone: Mapped[str | None] = mapped_column(String(255), comment="Availability zone of its backend")


_VERSION = VolumeVersion._fields[:-3]
_ATTACHMENT = AttachmentVersion._fields[:-3]
_COLUMNS = ("project_id", "state", "in_use", "size", "volume_type", "attached", "availability_zone")


def _periods(facts: Facts, _context: Any) -> Sequence[Period[Row]]:
    events = facts.get("events", ())
    if not facts.get("rows") and not events:  # an attachment of a volume that was never read
        return ()
    rows = (*facts.get("versions", ()), *facts.get("rows", ()))
    told = told_versions(VolumeVersion, VolumeVersion._fields, EVENT, events)
    attachments = (*facts.get("attachment_versions", ()), *facts.get("attachments", ()))
    known = VolumeFacts(
        (*(VolumeVersion(*row[1:]) for row in rows), *told),
        tuple(AttachmentVersion(*row[1:]) for row in attachments),
        tuple(reading for event in events for reading in _attached(as_told(EVENT, event))),
    )
    return as_rows(volume_periods(known), _COLUMNS)


def _attached(told: Mapping[str, Any]) -> Iterator[Reading]:
    """What a notification tells of the attachments, which have rows of their own."""
    if told["attached_to"] is None or ends(told):
        return
    at, telling = time_of(told), telling_of(told, frozenset())
    yield Reading(at, at, told["attached_to"] != "[]", rule=telling.rule if "attached_to" in telling.exact else None)


def _shown(_context: Any, declared: Declared, row: Row | None) -> Row:
    """The values of a declared period; what was not declared is as the sources tell, if they do."""
    project, size, kind, instances = declared.values
    attached = instances != "[]"
    state, in_use, zone = (row[1], row[2], row[-1]) if row else ("available", True, None)
    if state in ("available", "in-use"):
        state = "in-use" if attached else "available"
    return (project, state, in_use, size, kind, attached, zone)


def _usage() -> Select[Any]:
    return usage_by_volume_type(VolumePeriod, zone=func.coalesce(VolumePeriod.availability_zone, ""))


TIMELINE = Timeline(
    table=VolumePeriod,
    resource="volume",
    feeds={"volume": "id", "volume_attachment": "volume_id"},
    facts={
        "rows": partial(current_rows, "volume", "id", _VERSION),
        "versions": partial(earlier_rows, "volume", _VERSION),
        "events": partial(told_rows, EVENT),
        FACT: partial(declared_rows, "volume", ("project_id", "size", "volume_type", "attached_to")),
        "attachments": partial(current_rows, "volume_attachment", "volume_id", _ATTACHMENT),
        "attachment_versions": partial(earlier_rows_of, "volume_attachment", "volume_id", _ATTACHMENT),
    },
    derive=declared_first(_periods, itemgetter(0, 3, 4, 5), _shown),
    columns=_COLUMNS,
    usage=Usage(_usage, ("seconds", "size_gb_seconds")),
    also=(VolumeEvent, AlmanachEntity),
)
