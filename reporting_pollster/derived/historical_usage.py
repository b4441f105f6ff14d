"""What all instances took at the end of each day: the established table, with its established meaning.

An instance counts on a day when it was created on or before that day and was not deleted by the end of it, whatever
its state; with the size that it had at the end of the day. Today is never in it.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, ident


class HistoricalUsage(Reporting):
    """Size of all instances at the end of each past day (UTC)"""

    __tablename__ = "historical_usage"

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="Day, UTC")
    vcpus: Mapped[int] = mapped_column(BigInteger, comment="Virtual CPUs")
    memory: Mapped[int] = mapped_column(BigInteger, comment="Memory, MB")
    local_storage: Mapped[int] = mapped_column(BigInteger, comment="Root and ephemeral disks, GB")
    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
