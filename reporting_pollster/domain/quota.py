"""The limit that holds for a project, out of the places that may say one.

A limit may be set for the project, be the service's default class, or live in keystone's unified limits; what none
of them says is in the service's configuration file and therefore unknown (NULL), which must not be confused with
unlimited (-1). A row with NULL in it means unlimited, by the services' own word.

Which of them counts is decided by a setting that no database holds (nova's quota driver), so one rule stands for all:

1. the service's own row for the project: somebody set it, and clouds that moved to unified limits had theirs moved,
2. keystone's limit for the project,
3. keystone's registered default,
4. the service's default class,
5. nothing: unknown.

Keystone's limits for a *domain* bound the domain's projects together and are no project's limit: a project without
one of its own takes the registered default. Limits of single users (project_user_quotas) are no project's either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

UNLIMITED = -1

Origin = Literal["project", "unified", "registered", "class"]


class QuotaColumn(NamedTuple):
    """An established column of the project table and what its service and keystone call the resource."""

    name: str
    service: str
    resource: str
    unified: str | None


# Cinder has no unified limits. Its per-type rows (gigabytes_ssd) lie within the total and are not added to it.
COLUMNS = (
    QuotaColumn("quota_instances", "compute", "instances", "servers"),
    QuotaColumn("quota_vcpus", "compute", "cores", "class:VCPU"),
    QuotaColumn("quota_memory", "compute", "ram", "class:MEMORY_MB"),
    QuotaColumn("quota_volume_total", "volume", "gigabytes", None),
    QuotaColumn("quota_snapshot", "volume", "snapshots", None),
    QuotaColumn("quota_volume_count", "volume", "volumes", None),
)


@dataclass(frozen=True)
class ServiceLimits:
    """All limits of one service: by (project id, resource) or resource; unified ones by keystone's resource names."""

    of_projects: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    of_class: Mapping[str, int | None] = field(default_factory=dict)
    unified: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    registered: Mapping[str, int | None] = field(default_factory=dict)


class Effective(NamedTuple):
    """A limit in force and where it was said; both None when no database says one."""

    limit: int | None
    origin: Origin | None


def effective_quota(limits: ServiceLimits, project_id: str, resource: str, unified: str | None = None) -> Effective:
    """The limit of a resource for a project; `unified` is keystone's name for the resource, where it has one."""
    if (project_id, resource) in limits.of_projects:
        return Effective(_limit(limits.of_projects[project_id, resource]), "project")
    if unified is not None and (project_id, unified) in limits.unified:
        return Effective(_limit(limits.unified[project_id, unified]), "unified")
    if unified is not None and unified in limits.registered:
        return Effective(_limit(limits.registered[unified]), "registered")
    if resource in limits.of_class:
        return Effective(_limit(limits.of_class[resource]), "class")
    return Effective(None, None)


def project_quotas(services: Mapping[str, ServiceLimits], project_id: str) -> dict[str, int | None]:
    """The established quota columns of a project, in their order; `services` by type (compute, volume)."""
    nothing = ServiceLimits()
    return {
        column.name: effective_quota(
            services.get(column.service, nothing), project_id, column.resource, column.unified
        ).limit
        for column in COLUMNS
    }


def _limit(stored: int | None) -> int:
    return UNLIMITED if stored is None or stored < 0 else stored
