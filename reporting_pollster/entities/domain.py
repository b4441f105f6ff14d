"""Domains of keystone.

Traps: a domain is a row of keystone's project table with is_domain set, and the root of all domains is another such
row, which is nobody's domain. Rows are deleted outright and carry no dates.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Text, func, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables

ROOT = "<<keystone.domain.root>>"


class Domain(Tracked, Reporting):
    """Keystone domains"""

    __tablename__ = "domain"

    id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Domain id")
    name: Mapped[str | None] = mapped_column(comment="Name")
    description: Mapped[str | None] = mapped_column(Text, comment="Description")
    enabled: Mapped[bool] = mapped_column(comment="Enabled, and with it its projects and users")


def domains(tables: SourceTables) -> Select[Any]:
    """Every domain, with `enabled` as keystone takes it when nothing was said."""
    p = tables["project"]
    return select(
        p.id,
        p.name,
        p.description,
        func.coalesce(p.enabled, 1).label("enabled"),
        literal(1).label("active"),
    ).where(p.is_domain == 1, p.id != ROOT)


ENTITY = Entity(
    table=Domain,
    source=Whole({"domains": SourceQuery("keystone", domains)}),
    history=("name", "enabled", "active"),
    closing={"enabled": False},
    may_empty=False,
)
