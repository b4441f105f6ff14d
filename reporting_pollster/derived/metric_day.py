"""What was measured of each resource on each day: added up from its hours, and kept when they are not."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.metric_hour import MeasuredColumns
from reporting_pollster.entities.base import Reporting


class MetricDay(MeasuredColumns, Reporting):
    """Metrics of each resource on each day (UTC): least, mean and greatest value, and growth"""

    __tablename__ = "metric_day"
    __table_args__ = (
        Index("ix_metric_day_day", "day"),
        Index("ix_metric_day_project", "project_id", "metric", "day"),
    )

    day: Mapped[date] = mapped_column(Date, primary_key=True, sort_order=-6, comment="Day, UTC")
