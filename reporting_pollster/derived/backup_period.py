"""Periods of backups: from when to when each was there, in which size, for whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.row_facts import as_rows, current_rows, earlier_rows, usage_of
from reporting_pollster.domain.timeline.backup import BackupVersion, backup_periods
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.entities.base import Reporting


class BackupPeriod(PeriodColumns, Reporting):
    """Periods in which a backup had the same size, state and owner"""

    __tablename__ = "backup_period"
    __table_args__ = period_indexes("backup_period")

    size: Mapped[int | None] = mapped_column(comment="Size of the volume, GB; an increment may take less")


_VERSION = BackupVersion._fields[:-3]
_COLUMNS = ("project_id", "state", "in_use", "size")


def _periods(facts: Facts, _context: Any) -> Sequence[Period[Row]]:
    versions = (*facts.get("versions", ()), *facts.get("rows", ()))
    return as_rows(backup_periods([BackupVersion(*row[1:]) for row in versions]), _COLUMNS)


def _usage() -> Select[Any]:
    return usage_of(BackupPeriod, func.coalesce(BackupPeriod.size, 0).label("size_gb_seconds"))


TIMELINE = Timeline(
    table=BackupPeriod,
    resource="backup",
    feeds={"backup": "id"},
    facts={
        "rows": partial(current_rows, "backup", "id", _VERSION),
        "versions": partial(earlier_rows, "backup", _VERSION),
    },
    derive=_periods,
    columns=_COLUMNS,
    usage=Usage(_usage, ("seconds", "size_gb_seconds")),
)
