"""Periods of floating IPs: from when to when each belonged to whom, and whether it was attached to a port."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Select, String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.event_facts import told_rows, told_versions
from reporting_pollster.derived.row_facts import as_rows, current_rows, earlier_rows, usage_of
from reporting_pollster.domain.timeline.floating_ip import FloatingIPVersion, floating_ip_periods
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.entities.base import Reporting
from reporting_pollster.events.floating_ip_event import EVENT, FloatingIPEvent


class FloatingIPPeriod(PeriodColumns, Reporting):
    """Periods in which a floating IP had the same owner and was attached or not"""

    __tablename__ = "floating_ip_period"
    __table_args__ = period_indexes("floating_ip_period")

    address: Mapped[str | None] = mapped_column(String(64), comment="The address itself")
    attached: Mapped[bool] = mapped_column(comment="Leads to a port; else it is only reserved")


_VERSION = FloatingIPVersion._fields[:-3]
_COLUMNS = ("project_id", "state", "in_use", "address", "attached")


def _periods(facts: Facts, _context: Any) -> Sequence[Period[Row]]:
    rows = (*facts.get("versions", ()), *facts.get("rows", ()))
    told = told_versions(FloatingIPVersion, FloatingIPVersion._fields, EVENT, facts.get("events", ()))
    return as_rows(floating_ip_periods([*(FloatingIPVersion(*row[1:]) for row in rows), *told]), _COLUMNS)


def _usage() -> Select[Any]:
    return usage_of(FloatingIPPeriod)


TIMELINE = Timeline(
    table=FloatingIPPeriod,
    resource="floating_ip",
    feeds={"floating_ip": "id"},
    facts={
        "rows": partial(current_rows, "floating_ip", "id", _VERSION),
        "versions": partial(earlier_rows, "floating_ip", _VERSION),
        "events": partial(told_rows, EVENT),
    },
    derive=_periods,
    columns=_COLUMNS,
    usage=Usage(_usage, ("seconds",)),
    also=(FloatingIPEvent,),
)
