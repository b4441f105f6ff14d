"""What was measured of each resource in each hour, out of Gnocchi: it forgets, and asking it takes long.

An hour is written again while late measures can change it, and never taken away: what Gnocchi has forgotten stays.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, ident


class MeasuredColumns:
    """Whose metric it is, and what it was."""

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, sort_order=-9, comment="Region")
    resource_id: Mapped[str] = mapped_column(
        ident(36), primary_key=True, sort_order=-8, comment="Resource, as Gnocchi has it; of an instance its UUID"
    )
    metric: Mapped[str] = mapped_column(ident(64), primary_key=True, sort_order=-7, comment="Metric (cpu, …)")
    resource_kind: Mapped[str] = mapped_column(ident(64), sort_order=1, comment="Kind of resource (instance, …)")
    project_id: Mapped[str] = mapped_column(ident(), sort_order=2, comment="Project that owned it; '' for none")
    instance_id: Mapped[str | None] = mapped_column(
        ident(36), sort_order=3, comment="Instance that it is, or belongs to; empty for others"
    )
    minimum: Mapped[float] = mapped_column(sort_order=4, comment="Least value, in the metric's unit")
    mean: Mapped[float] = mapped_column(sort_order=5, comment="Mean of all samples")
    maximum: Mapped[float] = mapped_column(sort_order=6, comment="Greatest value")
    samples: Mapped[int] = mapped_column(
        BigInteger, sort_order=7, comment="Number of samples; of means where Gnocchi keeps nothing else"
    )
    rate: Mapped[float | None] = mapped_column(sort_order=8, comment="Growth per second, of a counter")
    rate_seconds: Mapped[int] = mapped_column(
        Integer, sort_order=9, comment="Seconds in which it was seen to grow, which the rate is the mean of"
    )


class MetricHour(MeasuredColumns, Reporting):
    """Metrics of each resource in each hour (UTC): least, mean and greatest value, and growth"""

    __tablename__ = "metric_hour"
    __table_args__ = (
        Index("ix_metric_hour_hour", "region", "hour"),
        Index("ix_metric_hour_project", "project_id", "metric", "hour"),
    )

    hour: Mapped[datetime] = mapped_column(primary_key=True, sort_order=-6, comment="Start of the hour, UTC")
