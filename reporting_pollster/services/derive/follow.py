"""Derives what became due without a sync: for whoever brings facts between two of them."""

from __future__ import annotations

from sqlalchemy import Engine

from reporting_pollster.derived import timelines
from reporting_pollster.entities import catalogue
from reporting_pollster.services.derive.run import derive
from reporting_pollster.sources.cloud import Cloud
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.derivation import complete_to, due_resources
from reporting_pollster.store.engine import reading
from reporting_pollster.store.lease import holding
from reporting_pollster.store.scope import Scope, scopes


def follow(cloud: Cloud, engine: Engine) -> int:
    """Derive it now; returns how many resources were looked at.

    What is read from databases must have been loaded first; kinds of resources of which no database is configured
    follow from notifications alone. Raises LeaseHeld while another process writes.
    """
    whole_metadata()
    with reading(engine) as connection:
        due = due_resources(connection, cloud.region)
        ready = [
            timeline
            for resource, timeline in timelines().items()
            if resource in due
            and complete_to(connection, timeline, cloud.region, lambda table: configured(cloud, table)) is not None
        ]
    if not ready:
        return 0
    with holding(engine) as held:
        done = [
            derive(timeline, cloud.region, engine, held, lambda table: configured(cloud, table)) for timeline in ready
        ]
    return sum(each.resources for each in done)


def configured(cloud: Cloud, table: str) -> tuple[Scope, ...]:
    """The sources of a table that are configured."""
    entity = catalogue()[table]
    database = entity.source.databases[0]
    found = scopes(entity, cloud.region, tuple(cloud.cells))
    return tuple(scope for scope in found if cloud.find(database, scope.cell_name) is not None)
