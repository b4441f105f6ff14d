"""Quotas: what was set for a project, the defaults that hold otherwise, and what cinder says is in use.

Traps: three places can hold a limit (the service's own tables, its default class, keystone's unified limits), and a
resource that is in none of them has its limit in a configuration file, out of our reach. -1 means unlimited. Cinder
deletes softly and leaves duplicates; its usage is bookkeeping that drifts, nova's is dead and not read at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.domain.quota import UNLIMITED, ServiceLimits
from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined

DEFAULT_CLASS = "default"
UNKNOWN_SERVICE = "unknown"
_EVERYONE = ""


class Quota(Tracked, Reporting):
    """Limits of projects and default limits, by service and resource"""

    __tablename__ = "quota"
    __table_args__ = (Index("ix_quota_service_resource", "service", "resource"),)

    project_id: Mapped[str] = mapped_column(
        ident(),
        primary_key=True,
        info={"may_be_empty": True},
        comment="Project, or domain for limits over all its projects; empty for the default limit",
    )
    service: Mapped[str] = mapped_column(
        ident(), primary_key=True, comment="Type of service: compute, volume, network…"
    )
    resource: Mapped[str] = mapped_column(ident(300), primary_key=True, comment="Resource in the service's own words")
    hard_limit: Mapped[int | None] = mapped_column(comment="Limit in the resource's unit; -1 unlimited; NULL not known")
    source: Mapped[str | None] = mapped_column(
        ident(16), comment="project or class: the service's tables; unified or registered: keystone; NULL: its settings"
    )
    in_use: Mapped[int | None] = mapped_column(comment="In use, as cinder keeps it; NULL for other services")
    reserved: Mapped[int | None] = mapped_column(comment="Reserved for work under way, as cinder keeps it")


class _Told(NamedTuple):
    hard_limit: int | None = None
    source: str | None = None
    in_use: Any = None
    reserved: Any = None


def _nova_quotas(tables: SourceTables) -> Select[Any]:
    q = tables["quotas"]
    return select(q.project_id, q.resource, q.hard_limit)


def _nova_classes(tables: SourceTables) -> Select[Any]:
    c = tables["quota_classes"]
    return select(c.resource, c.hard_limit).where(c.class_name == DEFAULT_CLASS).order_by(c.id)


def _cinder_quotas(tables: SourceTables) -> Select[Any]:
    q = tables["quotas"]
    return select(q.project_id, q.resource, q.hard_limit).where(func.coalesce(q.deleted, 0) == 0).order_by(q.id)


def _cinder_classes(tables: SourceTables) -> Select[Any]:
    c = tables["quota_classes"]
    living = func.coalesce(c.deleted, 0) == 0
    return select(c.resource, c.hard_limit).where(c.class_name == DEFAULT_CLASS, living).order_by(c.id)


def _registered_limits(tables: SourceTables) -> Select[Any]:
    r, service = tables["registered_limit"], tables["service"]
    return select(
        r.id, r.region_id, r.resource_name.label("resource"), r.default_limit, service.type.label("service")
    ).select_from(joined(r.clause, (service.clause, service.id == r.service_id)))


def _project_limits(tables: SourceTables) -> Select[Any]:
    limit = tables["limit"]
    owner = func.coalesce(limit.project_id, limit.maybe("domain_id")).label("project_id")
    return select(owner, limit.registered_limit_id, limit.resource_limit)


def _usages(tables: SourceTables) -> Select[Any]:
    u = tables["quota_usages"]
    living = func.coalesce(u.deleted, 0) == 0
    return select(u.project_id, u.resource, u.in_use, u.reserved).where(living).order_by(u.id)


def _network_quotas(tables: SourceTables) -> Select[Any]:
    q = tables["quotas"]
    return select(q.project_id, q.resource, q.limit.label("hard_limit"))


# What is needed to know the limits of compute and volume resources.
LIMITS: Mapping[str, SourceQuery] = {
    "compute_quotas": SourceQuery("nova_api", _nova_quotas),
    "compute_classes": SourceQuery("nova_api", _nova_classes),
    "volume_quotas": SourceQuery("cinder", _cinder_quotas),
    "volume_classes": SourceQuery("cinder", _cinder_classes),
    "registered_limits": SourceQuery("keystone", _registered_limits),
    "project_limits": SourceQuery("keystone", _project_limits),
}


def service_limits(inputs: Inputs) -> dict[str, ServiceLimits]:
    """All limits by type of service, out of the rows of `LIMITS` and those of the network, where they were read."""
    unified = _unified(inputs)
    return {
        service: ServiceLimits(
            of_projects=_limits_of(inputs.rows.get(f"{service}_quotas", ())),
            of_class={row.resource: row.hard_limit for row in inputs.rows.get(f"{service}_classes", ())},
            registered={row.resource: row.default_limit for row, _ in unified.get(service, ())},
            unified={
                (own.project_id, row.resource): own.resource_limit
                for row, limits in unified.get(service, ())
                for own in limits
            },
        )
        for service in dict.fromkeys(("compute", "volume", "network", *unified))
    }


def _limits_of(rows: Iterable[Any]) -> dict[tuple[Any, Any], Any]:
    return {(row.project_id, row.resource): row.hard_limit for row in rows}


def _unified(inputs: Inputs) -> dict[str, list[tuple[Any, list[Any]]]]:
    """Keystone's registered limits of our region with what was set by them, those for all regions first."""
    ours = [row for row in inputs["registered_limits"] if row.region_id in (None, inputs.settings.region)]
    ours.sort(key=lambda row: row.region_id is not None)
    own = defaultdict(list)
    for row in inputs["project_limits"]:
        own[row.registered_limit_id].append(row)
    found = defaultdict(list)
    for row in ours:
        found[row.service or UNKNOWN_SERVICE].append((row, own[row.id]))
    return found


def _all(inputs: Inputs) -> Iterator[Row]:
    for service, limits in service_limits(inputs).items():
        told = _told(limits)
        if service == "volume":
            for row in inputs["usages"]:
                key = row.project_id, row.resource
                known = told.get(key) or told.get((_EVERYONE, row.resource)) or _Told()
                told[key] = known._replace(in_use=row.in_use, reserved=row.reserved)
        for (project_id, resource), limit in told.items():
            yield project_id, service, resource, *limit, 1


def _told(limits: ServiceLimits) -> dict[tuple[Any, Any], _Told]:
    """What goes before comes later: a service's own word before keystone's, keystone's before the default class."""
    told: dict[tuple[Any, Any], _Told] = {}
    told |= {(_EVERYONE, resource): _Told(_limit(limit), "class") for resource, limit in limits.of_class.items()}
    told |= {(_EVERYONE, resource): _Told(_limit(limit), "registered") for resource, limit in limits.registered.items()}
    told |= {key: _Told(_limit(limit), "unified") for key, limit in limits.unified.items()}
    told |= {key: _Told(_limit(limit), "project") for key, limit in limits.of_projects.items()}
    return told


def _limit(stored: Any) -> Any:
    return UNLIMITED if stored is None or (isinstance(stored, int) and stored < 0) else stored


ENTITY = Entity(
    table=Quota,
    after=("project",),
    source=Whole(
        inputs={
            **LIMITS,
            "usages": SourceQuery("cinder", _usages),
            "network_quotas": SourceQuery("neutron", _network_quotas, optional=True),
        },
        rows=_all,
        columns=("project_id", "service", "resource", "hard_limit", "source", "in_use", "reserved", "active"),
    ),
    history=("hard_limit", "source", "active"),
)
