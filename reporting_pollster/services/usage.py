"""A first usage figure per project: what its instances and volumes took in a time span, from their rows alone.

Sizes are those of now, so that a resize within the span is not seen; memory stays flat, as rows are streamed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, or_, select, true

from reporting_pollster.domain.usage import overlap_seconds
from reporting_pollster.entities.instance import Instance
from reporting_pollster.entities.project import Project
from reporting_pollster.entities.volume import Volume
from reporting_pollster.store.engine import reading

HOUR = 3600


@dataclass
class ProjectUsage:
    """Usage of one project in a time span; resource seconds, MB and GB as the tables have them.

    `instances` are those that live at its end.
    """

    project: str
    instances: int = 0
    instance_seconds: int = 0
    vcpu_seconds: int = 0
    memory_mb_seconds: int = 0
    volume_gb_seconds: int = 0


def project_usage(engine: Engine, region: str, begin: datetime, end: datetime) -> list[ProjectUsage]:
    """Usage of every project that had any between two instants (UTC), the largest first."""
    usage: dict[str, ProjectUsage] = defaultdict(lambda: ProjectUsage(""))
    with reading(engine) as connection:
        streaming = connection.execution_options(stream_results=True, yield_per=5000)
        for row in streaming.execute(_instances(region, begin, end)):
            _add_instance(usage[row.project_id or ""], row, begin, end)
        for row in streaming.execute(_volumes(region, begin, end)):
            seconds = overlap_seconds(row.created, row.deleted, begin, end)
            usage[row.project_id or ""].volume_gb_seconds += seconds * (row.size or 0)
        names = dict(connection.execute(select(Project.id, Project.display_name).where(Project.region == region)).all())
    for key, found in usage.items():
        found.project = names.get(key) or key or "(none)"
    return sorted(usage.values(), key=lambda each: (-each.vcpu_seconds, each.project))


def _add_instance(found: ProjectUsage, row: Any, begin: datetime, end: datetime) -> None:
    seconds = overlap_seconds(row.created, row.deleted, begin, end)
    found.instances += row.deleted is None
    found.instance_seconds += seconds
    found.vcpu_seconds += seconds * (row.vcpus or 0)
    found.memory_mb_seconds += seconds * (row.memory or 0)


def _instances(region: str, begin: datetime, end: datetime) -> Any:
    columns = (Instance.project_id, Instance.vcpus, Instance.memory, Instance.created, Instance.deleted)
    return select(*columns).where(Instance.region == region, *_within(Instance, begin, end))


def _volumes(region: str, begin: datetime, end: datetime) -> Any:
    columns = (Volume.project_id, Volume.size, Volume.created, Volume.deleted)
    return select(*columns).where(Volume.region == region, *_within(Volume, begin, end))


def _within(table: type[Instance] | type[Volume], begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    alive = or_(table.active == true(), table.deleted.is_(None), table.deleted > begin)
    return (table.created < end, alive)
