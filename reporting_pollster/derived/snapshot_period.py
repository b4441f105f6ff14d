"""Periods of snapshots: from when to when each was there, in which size, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.event_facts import told_rows, told_versions
from reporting_pollster.derived.row_facts import as_rows, current_rows, earlier_rows, usage_by_volume_type
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.domain.timeline.snapshot import SnapshotVersion, snapshot_periods
from reporting_pollster.entities.base import Reporting, ident
from reporting_pollster.events.snapshot_event import EVENT, SnapshotEvent


class SnapshotPeriod(PeriodColumns, Reporting):
    """Periods in which a snapshot had the same size, state and owner"""

    __tablename__ = "snapshot_period"
    __table_args__ = period_indexes("snapshot_period")

    size: Mapped[int | None] = mapped_column(comment="Size of the volume when it was taken, GB")
    volume_type: Mapped[str | None] = mapped_column(ident(36), comment="Volume type UUID (volume_type.id)")


_VERSION = SnapshotVersion._fields[:-3]
_MADE = frozenset({"status"})  # cinder doesn't say when a snapshot became available
_COLUMNS = ("project_id", "state", "in_use", "size", "volume_type")


def _periods(facts: Facts, _context: Any) -> Sequence[Period[Row]]:
    rows = (*facts.get("versions", ()), *facts.get("rows", ()))
    told = told_versions(SnapshotVersion, SnapshotVersion._fields, EVENT, facts.get("events", ()), _MADE)
    return as_rows(snapshot_periods([*(SnapshotVersion(*row[1:]) for row in rows), *told]), _COLUMNS)


def _usage() -> Select[Any]:
    return usage_by_volume_type(SnapshotPeriod)


TIMELINE = Timeline(
    table=SnapshotPeriod,
    resource="snapshot",
    feeds={"snapshot": "id"},
    facts={
        "rows": partial(current_rows, "snapshot", "id", _VERSION),
        "versions": partial(earlier_rows, "snapshot", _VERSION),
        "events": partial(told_rows, EVENT),
    },
    derive=_periods,
    columns=_COLUMNS,
    usage=Usage(_usage, ("seconds", "size_gb_seconds")),
    also=(SnapshotEvent,),
)
