"""Periods of images: from when to when each was there, in which size, for whom.

Trap: dividing integers by `/` gives rounded decimals on MySQL, so MB are counted by shifting bits, on
PostgreSQL by a number that must not be a bigint.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Select, func, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.event_facts import told_rows, told_versions
from reporting_pollster.derived.row_facts import as_rows, current_rows, earlier_rows, usage_of
from reporting_pollster.domain.timeline.image import ImageVersion, image_periods
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.entities.base import Reporting
from reporting_pollster.events.image_event import EVENT, ImageEvent


class ImagePeriod(PeriodColumns, Reporting):
    """Periods in which an image had the same size, state and owner"""

    __tablename__ = "image_period"
    __table_args__ = period_indexes("image_period")

    size: Mapped[int | None] = mapped_column(BigInteger, comment="Size of the data, bytes; empty until uploaded")


_VERSION = ImageVersion._fields[:-3]
_COLUMNS = ("project_id", "state", "in_use", "size")


def _periods(facts: Facts, _context: Any) -> Sequence[Period[Row]]:
    rows = (*facts.get("versions", ()), *facts.get("rows", ()))
    told = told_versions(ImageVersion, ImageVersion._fields, EVENT, facts.get("events", ()))
    return as_rows(image_periods([*(ImageVersion(*row[1:]) for row in rows), *told]), _COLUMNS)


def _usage() -> Select[Any]:
    megabytes = (func.coalesce(ImagePeriod.size, 0) + (2**20 - 1)).bitwise_rshift(literal_column("20"))
    return usage_of(ImagePeriod, megabytes.label("size_mb_seconds"))


TIMELINE = Timeline(
    table=ImagePeriod,
    resource="image",
    feeds={"image": "id"},
    facts={
        "rows": partial(current_rows, "image", "id", _VERSION),
        "versions": partial(earlier_rows, "image", _VERSION),
        "events": partial(told_rows, EVENT),
    },
    derive=_periods,
    columns=_COLUMNS,
    usage=Usage(_usage, ("seconds", "size_mb_seconds")),
    also=(ImageEvent,),
)
