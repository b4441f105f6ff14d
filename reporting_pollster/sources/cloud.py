"""All source databases of one region: those of the services by settings group, and the nova cells by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reporting_pollster.config.settings import Settings
from reporting_pollster.entities.source import CELLS
from reporting_pollster.sources.database import Database


@dataclass(frozen=True)
class Cloud:
    """The configured sources; an optional service that is not configured is absent."""

    region: str
    databases: Mapping[str, Database]
    cells: Mapping[str, Database]
    _named: set[str] = field(default_factory=set, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings) -> Cloud:
        return cls(
            region=settings.region,
            databases={name: Database(name, one) for name, one in settings.databases.items()},
            cells={name: Database(name, one) for name, one in settings.cells.items()},
        )

    def find(self, database: str, cell_name: str | None) -> Database | None:
        """The database that a query of an entity means; CELLS is the cell at hand."""
        if database == CELLS:
            return self.cells.get(cell_name or "")
        return self.databases.get(database)

    def is_news(self, database: str) -> bool:
        """Whether this is the first time that a database is named as absent."""
        is_news = database not in self._named
        self._named.add(database)
        return is_news

    def all(self) -> Mapping[str, Database]:
        return {**self.databases, **{f"cell:{name}": cell for name, cell in self.cells.items()}}

    def close(self) -> None:
        for database in self.all().values():
            database.close()
