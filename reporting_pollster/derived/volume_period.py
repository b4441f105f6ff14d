"""Periods of volumes: from when to when each had which size, type and state, for whom, and whether it was attached."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, String, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.row_facts import (
    as_rows,
    current_rows,
    earlier_rows,
    earlier_rows_of,
    usage_by_volume_type,
)
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.volume import AttachmentVersion, VolumeFacts, VolumeVersion, volume_periods
from reporting_pollster.entities.base import Reporting, ident


class VolumePeriod(PeriodColumns, Reporting):
    """Periods in which a volume had the same size, type, state and owner"""

    __tablename__ = "volume_period"
    __table_args__ = period_indexes("volume_period")

    size: Mapped[int | None] = mapped_column(comment="Provisioned size, GB")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID (volume_type.id)")
    attached: Mapped[bool] = mapped_column(comment="Attached to an instance or to a host")
    availability_zone: Mapped[str | None] = mapped_column(String(255), comment="Availability zone of its backend")


_VERSION = VolumeVersion._fields[:-2]
_ATTACHMENT = AttachmentVersion._fields[:-2]
_COLUMNS = ("project_id", "state", "in_use", "size", "volume_type", "attached", "availability_zone")


def _periods(facts: Facts, _context: Any) -> Sequence[Period[Row]]:
    if not facts.get("rows"):  # an attachment of a volume that was never read
        return ()
    versions = (*facts.get("versions", ()), *facts["rows"])
    attachments = (*facts.get("attachment_versions", ()), *facts.get("attachments", ()))
    known = VolumeFacts(
        tuple(VolumeVersion(*row[1:]) for row in versions), tuple(AttachmentVersion(*row[1:]) for row in attachments)
    )
    return as_rows(volume_periods(known), _COLUMNS)


def _usage() -> Select[Any]:
    return usage_by_volume_type(VolumePeriod, zone=func.coalesce(VolumePeriod.availability_zone, ""))


TIMELINE = Timeline(
    table=VolumePeriod,
    resource="volume",
    feeds={"volume": "id", "volume_attachment": "volume_id"},
    facts={
        "rows": partial(current_rows, "volume", "id", _VERSION),
        "versions": partial(earlier_rows, "volume", _VERSION),
        "attachments": partial(current_rows, "volume_attachment", "volume_id", _ATTACHMENT),
        "attachment_versions": partial(earlier_rows_of, "volume_attachment", "volume_id", _ATTACHMENT),
    },
    derive=_periods,
    columns=_COLUMNS,
    usage=Usage(_usage, ("seconds", "size_gb_seconds")),
)
