"""Months, so that a view by month can be asked for one of them and finds its days by their index.

An expression such as "the first seven letters of the day" would make the server look at every day there is.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting


class CalendarMonth(Reporting):
    """Months with their first and last days, to add up days by"""

    __tablename__ = "calendar_month"

    month: Mapped[str] = mapped_column(String(7), primary_key=True, comment="Month, such as 2026-09")
    first_day: Mapped[date] = mapped_column(Date, comment="First day")
    last_day: Mapped[date] = mapped_column(Date, comment="Last day")
    days: Mapped[int] = mapped_column(comment="Days that it has")
    seconds: Mapped[int] = mapped_column(BigInteger, comment="Seconds that it has")
