"""Which cells nova knows and how many instances are in each: asked to find cells that the settings leave out.

The connection strings beside the names hold passwords, so they are never read. There is an index on the cell's number
in instance_mappings, and a count over it stops at a bound.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from reporting_pollster.entities.source import SourceTables

COUNTED_AT_MOST = 10_000


def mapped_cells(tables: SourceTables) -> Select[Any]:
    """Number, uuid, name of each cell, and whether new instances are kept out of it."""
    c = tables["cell_mappings"]
    return select(c.id, c.uuid, c.name, func.coalesce(c.disabled, 0).label("disabled")).order_by(c.id)


def mapped_instances(tables: SourceTables, cell_id: int = 0) -> Select[Any]:
    """How many instances a cell has, up to a bound."""
    m = tables["instance_mappings"]
    some = select(m.cell_id).where(m.cell_id == cell_id).limit(COUNTED_AT_MOST).subquery("some")
    return select(func.count()).select_from(some)
