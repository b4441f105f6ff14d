"""Which rows of a table belong to one source: those of a region, or of one cell in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, and_

from reporting_pollster.entities.base import Entity

WHOLE_REGION = "region"


@dataclass(frozen=True)
class Scope:
    """One source of an entity. `cell_name` is None for entities that are not read per cell."""

    region: str
    cell_name: str | None = None

    @property
    def source(self) -> str:
        """Its name in the state tables."""
        return self.cell_name or WHOLE_REGION

    def constants(self) -> dict[str, str]:
        """The columns whose values are the same in all rows of this source."""
        constants = {"region": self.region}
        return constants if self.cell_name is None else {**constants, "cell_name": self.cell_name}

    def rows_of(self, table: Table) -> ColumnElement[bool]:
        """The condition that selects them."""
        return and_(*(table.c[name] == value for name, value in self.constants().items()))


def scopes(entity: Entity, region: str, cells: tuple[str, ...]) -> tuple[Scope, ...]:
    """The sources of an entity."""
    if entity.source.per_cell:
        return tuple(Scope(region, cell) for cell in cells)
    return (Scope(region),)
