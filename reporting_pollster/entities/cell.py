"""Cells, as nova's API database lists them.

Traps: the same rows hold the cells' connection strings with passwords, so only the harmless columns are named (a
read-only account can't read the others); the uuid of cell0 is all zeros. The list tells whether every cell is
configured here, which the cell databases themselves can't.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Reporting, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables

CELL0 = "00000000-0000-0000-0000-000000000000"  # the same in every cloud, so it identifies none


class Cell(Tracked, Reporting):
    """Nova cells known to the API database, cell0 included"""

    __tablename__ = "cell"

    uuid: Mapped[str] = mapped_column(ident(36), primary_key=True, comment="Cell UUID, all zeros for cell0")
    name: Mapped[str | None] = mapped_column(comment="Name that nova gives it")
    disabled: Mapped[bool] = mapped_column(comment="No new instances are scheduled to it")
    created: Mapped[datetime | None] = mapped_column(comment="Mapped to the API, UTC")


def _cells(tables: SourceTables) -> Select[Any]:
    c = tables["cell_mappings"]
    return select(
        c.uuid,
        c.name,
        func.coalesce(c.disabled, 0).label("disabled"),
        c.created_at.label("created"),
        literal(1).label("active"),
    )


def _own_cells(tables: SourceTables) -> Select[Any]:
    c = tables["cell_mappings"]
    return select(c.uuid).where(c.uuid != CELL0)


ENTITY = Entity(
    table=Cell,
    source=Whole({"cells": SourceQuery("nova_api", _cells)}),
    history=("name", "disabled", "active"),
    may_empty=False,
    identity=SourceQuery("nova_api", _own_cells),
    identity_column="uuid",
)
