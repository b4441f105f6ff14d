"""Use per project and day: what most reports add up, so that they need not look at periods."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, big_id, ident


def _amount(comment: str) -> Mapped[int]:
    return mapped_column(BigInteger, server_default="0", comment=comment)


class UsageDay(Reporting):
    """Use of each project on each past day (UTC), by kind, type, zone and state; today is never in it"""

    __tablename__ = "usage_day"
    __table_args__ = (
        Index("ix_usage_day_project_id_day", "project_id", "day"),
        Index("ix_usage_day_day", "day"),
    )

    usage_id: Mapped[int] = mapped_column(big_id(), primary_key=True, autoincrement=True, comment="Counter")
    region: Mapped[str] = mapped_column(ident(64), comment="Region")
    day: Mapped[date] = mapped_column(Date, comment="Day, UTC")
    project_id: Mapped[str] = mapped_column(ident(), comment="Project; '' when the resource had no owner")
    kind: Mapped[str] = mapped_column(String(16), comment="instance, volume, snapshot, backup, image or floating_ip")
    type: Mapped[str] = mapped_column(comment="Flavour or volume type by name; '' for none")
    availability_zone: Mapped[str] = mapped_column(comment="Availability zone; '' for none")
    state: Mapped[str] = mapped_column(String(32), comment="State (active, stopped, shelved, …)")
    seconds: Mapped[int] = _amount("Seconds of all resources together")
    vcpu_seconds: Mapped[int] = _amount("Virtual CPUs × s, of instances")
    memory_mb_seconds: Mapped[int] = _amount("Memory, MB × s, of instances")
    root_gb_seconds: Mapped[int] = _amount("Root disk, GB × s, of instances")
    ephemeral_gb_seconds: Mapped[int] = _amount("Ephemeral disk, GB × s, of instances")
    size_gb_seconds: Mapped[int] = _amount("Size, GB × s, of volumes, snapshots and backups")
    size_mb_seconds: Mapped[int] = _amount("Size, MB × s (each image rounded up to MB), of images")
