"""Quotas: what was set for a project, the defaults that hold otherwise, and what cinder says is in use.

Traps: three places can hold a limit (the service's own tables, its default class, keystone's unified limits), and a
resource that is in none of them has its limit in a configuration file, out of our reach. -1 means unlimited. Cinder
deletes softly and leaves duplicates; its usage is bookkeeping that drifts, nova's is dead and not read at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined

DEFAULT_CLASS = "default"


class Quota(Tracked, Reporting):
    """Limits of projects and default limits, by service and resource"""

    __tablename__ = "quota"
    __table_args__ = (Index("ix_quota_service_resource", "service", "resource"),)

    project_id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Project; empty for the default limit")
    service: Mapped[str] = mapped_column(
        ident(), primary_key=True, comment="Type of service: compute, volume, network…"
    )
    resource: Mapped[str] = mapped_column(ident(300), primary_key=True, comment="Resource in the service's own words")
    hard_limit: Mapped[int | None] = mapped_column(comment="Limit in the resource's unit; -1 unlimited")
    source: Mapped[str | None] = mapped_column(
        ident(16),
        comment="project: set for it; class: default of the service; unified: keystone's limits; NULL: settings",
    )
    in_use: Mapped[int | None] = mapped_column(comment="In use, as cinder keeps it; NULL for other services")
    reserved: Mapped[int | None] = mapped_column(comment="Reserved for work under way, as cinder keeps it")


class _Key(NamedTuple):
    project_id: Any
    service: Any
    resource: Any


class _Limit(NamedTuple):
    hard_limit: Any = None
    source: str | None = None
    in_use: Any = None
    reserved: Any = None


def nova_quotas(tables: SourceTables) -> Select[Any]:
    """Limits set for a project in nova."""
    q = tables["quotas"]
    return select(q.project_id, q.resource, q.hard_limit)


def nova_classes(tables: SourceTables) -> Select[Any]:
    """Nova's limits for everyone else, as far as they are not in its configuration."""
    c = tables["quota_classes"]
    return select(c.resource, c.hard_limit).where(c.class_name == DEFAULT_CLASS).order_by(c.id)


def cinder_quotas(tables: SourceTables) -> Select[Any]:
    """Limits set for a project in cinder."""
    q = tables["quotas"]
    return select(q.project_id, q.resource, q.hard_limit).where(func.coalesce(q.deleted, 0) == 0).order_by(q.id)


def cinder_classes(tables: SourceTables) -> Select[Any]:
    """Cinder's limits for everyone else."""
    c = tables["quota_classes"]
    living = func.coalesce(c.deleted, 0) == 0
    return select(c.resource, c.hard_limit).where(c.class_name == DEFAULT_CLASS, living).order_by(c.id)


def registered_limits(tables: SourceTables) -> Select[Any]:
    """Keystone's default limits, with the type of the service they are for."""
    r, service = tables["registered_limit"], tables["service"]
    return select(
        r.id, r.region_id, r.resource_name.label("resource"), r.default_limit, service.type.label("service")
    ).select_from(joined(r.clause, (service.clause, service.id == r.service_id)))


def project_limits(tables: SourceTables) -> Select[Any]:
    """Keystone's limits for a project or a domain, which is named like a project."""
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


def _all(inputs: Inputs) -> Iterator[Row]:
    limits: dict[_Key, _Limit] = {}
    for service in ("compute", "volume"):
        for row in inputs[f"{service}_classes"]:
            limits[_Key("", service, row.resource)] = _Limit(row.hard_limit, "class")
    limits |= _unified(inputs)
    for service in ("compute", "volume", "network"):
        for row in inputs[f"{service}_quotas"]:
            limits[_Key(row.project_id, service, row.resource)] = _Limit(row.hard_limit, "project")
    for row in inputs["usages"]:
        key = _Key(row.project_id, "volume", row.resource)
        known = limits.get(key) or limits.get(key._replace(project_id=""), _Limit())
        limits[key] = known._replace(in_use=row.in_use, reserved=row.reserved)
    for key, limit in limits.items():
        yield (*key, *limit, 1)


def _unified(inputs: Inputs) -> dict[_Key, _Limit]:
    """Keystone's limits for our region; one said for the region goes before one for all regions."""
    ours = [row for row in inputs["registered_limits"] if row.region_id in (None, inputs.settings.region)]
    ours.sort(key=lambda row: row.region_id is not None)
    limits = {}
    for row in ours:
        limits[_Key("", row.service or "unknown", row.resource)] = _Limit(row.default_limit, "unified")
    order = {row.id: number for number, row in enumerate(ours)}
    own = [row for row in inputs["project_limits"] if row.registered_limit_id in order]
    own.sort(key=lambda row: order[row.registered_limit_id])
    for row in own:
        registered = ours[order[row.registered_limit_id]]
        key = _Key(row.project_id, registered.service or "unknown", registered.resource)
        limits[key] = _Limit(row.resource_limit, "unified")
    return limits


ENTITY = Entity(
    table=Quota,
    after=("project",),
    source=Whole(
        inputs={
            "compute_quotas": SourceQuery("nova_api", nova_quotas),
            "compute_classes": SourceQuery("nova_api", nova_classes),
            "volume_quotas": SourceQuery("cinder", cinder_quotas),
            "volume_classes": SourceQuery("cinder", cinder_classes),
            "usages": SourceQuery("cinder", _usages),
            "network_quotas": SourceQuery("neutron", _network_quotas, optional=True),
            "registered_limits": SourceQuery("keystone", registered_limits),
            "project_limits": SourceQuery("keystone", project_limits),
        },
        rows=_all,
        columns=("project_id", "service", "resource", "hard_limit", "source", "in_use", "reserved", "active"),
    ),
    history=("hard_limit", "source", "active"),
    minimum={"project_id": 0},
)
