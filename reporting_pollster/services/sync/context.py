"""Everything that one unit of work needs: one table, one of its sources, and where to read and write.

Reading alone needs less (an `Origin`): whoever only looks takes no lease.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine

from reporting_pollster.config.settings import SyncSettings
from reporting_pollster.entities.base import Entity, EntitySettings, Paged
from reporting_pollster.entities.source import SourceQuery
from reporting_pollster.errors import SourceUnavailable
from reporting_pollster.services.sync.request import Listener, Request
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.sources.database import Database
from reporting_pollster.store.engine import with_retries
from reporting_pollster.store.lease import Held
from reporting_pollster.store.scope import Scope

T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    """One source of one table, and what it takes to read it."""

    entity: Entity
    scope: Scope
    cloud: Cloud
    settings: SyncSettings

    @property
    def entity_settings(self) -> EntitySettings:
        return EntitySettings(
            region=self.scope.region,
            personal_prefix=self.settings.personal_prefix,
            default_availability_zone=self.settings.default_availability_zone,
        )

    def database(self, name: str) -> Database:
        """A database that is needed; raises SourceUnavailable when it is not configured."""
        found = self.cloud.find(name, self.scope.cell_name)
        if found is None:
            raise SourceUnavailable(
                f"{self.entity.name} needs the {name} database, which is not configured",
                hint=f"set [{name}] connection",
            )
        return found

    def queries(self) -> Mapping[str, SourceQuery]:
        """The small queries whose rows are read into memory."""
        source = self.entity.source
        return source.context if isinstance(source, Paged) else source.inputs

    @property
    def is_configured(self) -> bool:
        """False when the rows are made of an optional database (that of the first query) which is not configured."""
        source = self.entity.source
        if isinstance(source, Paged):
            return True
        first = next(iter(source.inputs.values()))
        return not first.optional or self.cloud.find(first.database, self.scope.cell_name) is not None


@dataclass(frozen=True)
class Work(Origin):
    """One unit: an origin with the tools to bring its rows into the store."""

    engine: Engine
    held: Held
    request: Request
    listener: Listener

    @property
    def accepted(self) -> bool:
        """Whether the operator told to believe this table's source."""
        return self.entity.name in self.request.accept

    def write(self, work: Callable[[Connection], T]) -> T:
        """A fenced transaction, repeated whole after a conflict."""

        return with_retries(self.engine, lambda connection: self.held.fenced(connection, work))
