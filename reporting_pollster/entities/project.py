"""Projects of keystone, with their quotas and the organisation they belong to.

Traps: domains are rows of the same table and no projects. `enabled` says something about the row itself only: a
disabled domain disables its projects without touching them. Keystone deletes rows outright and dates nothing, and a
name may be taken again by a new project with another id.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Index, Select, String, Text, false, func, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, document, ident
from reporting_pollster.entities.domain import domains
from reporting_pollster.entities.source import SourceQuery, SourceTables


class Project(Tracked, Reporting):
    """Keystone projects with their quotas"""

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_personal", "personal"),
        Index("ix_project_has_instances", "has_instances"),
        Index("ix_project_domain_id", "domain_id"),
    )

    id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Project id")
    display_name: Mapped[str | None] = mapped_column(String(64), comment="Name, unique within its domain")
    organisation: Mapped[str | None] = mapped_column(
        comment="Organisation of its manager, as told by the identity federation; else the domain's name"
    )
    description: Mapped[str | None] = mapped_column(Text, comment="Description")
    enabled: Mapped[bool] = mapped_column(comment="Enabled, and its domain too")
    personal: Mapped[bool] = mapped_column(comment="Trial project of one person, by the prefix of its name")
    has_instances: Mapped[bool] = mapped_column(server_default=false(), comment="Has a live instance")
    quota_instances: Mapped[int | None] = mapped_column(
        comment="Instances allowed; -1 unlimited, NULL not in a database"
    )
    quota_vcpus: Mapped[int | None] = mapped_column(
        comment="Virtual CPUs allowed; -1 unlimited, NULL not in a database"
    )
    quota_memory: Mapped[int | None] = mapped_column(comment="Memory allowed, MB; -1 unlimited, NULL not in a database")
    quota_volume_total: Mapped[int | None] = mapped_column(comment="Volume space allowed, GB; -1 unlimited")
    quota_snapshot: Mapped[int | None] = mapped_column(comment="Volume snapshots allowed; -1 unlimited")
    quota_volume_count: Mapped[int | None] = mapped_column(comment="Volumes allowed; -1 unlimited")
    domain_id: Mapped[str | None] = mapped_column(ident(), comment="Domain that owns it")
    parent_id: Mapped[str | None] = mapped_column(ident(), comment="Project above it; its domain when at the top")
    tags: Mapped[str | None] = mapped_column(document(), comment="Tags, JSON list, sorted; empty when it has none")


_COPIED = ("id", "display_name", "description", "domain_id", "parent_id")
_QUOTAS = (
    "quota_instances",
    "quota_vcpus",
    "quota_memory",
    "quota_volume_total",
    "quota_snapshot",
    "quota_volume_count",
)


def _projects(tables: SourceTables) -> Select[Any]:
    p = tables["project"]
    return select(
        p.id,
        p.name.label("display_name"),
        p.description,
        p.domain_id,
        p.parent_id,
        func.coalesce(p.enabled, 1).label("enabled"),
        literal(1).label("active"),
    ).where(p.is_domain == 0)


def _tags(tables: SourceTables) -> Select[Any]:
    t = tables["project_tag"]
    return select(t.project_id, t.name)


def _complete(inputs: Inputs) -> Iterator[Row]:
    domain = {row.id: row for row in inputs["domains"]}
    tags: defaultdict[Any, set[str]] = defaultdict(set)
    for tag in inputs["tags"]:
        tags[tag.project_id].add(str(tag.name))
    prefix = inputs.settings.personal_prefix
    for project in inputs["projects"]:
        owner = domain.get(project.domain_id)
        allowed = owner is None or owner.enabled
        own_tags = tags.get(project.id)
        yield (
            *(getattr(project, name) for name in _COPIED),
            int(bool(project.enabled and allowed)),
            int(bool(prefix) and str(project.display_name).startswith(prefix)),
            own_tags and json.dumps(sorted(own_tags), ensure_ascii=False),
            owner and owner.name,
            *(None for _ in _QUOTAS),
            project.active,
        )


ENTITY = Entity(
    table=Project,
    after=("domain",),
    source=Whole(
        inputs={
            "projects": SourceQuery("keystone", _projects),
            "domains": SourceQuery("keystone", domains),
            "tags": SourceQuery("keystone", _tags),
        },
        rows=_complete,
        columns=(*_COPIED, "enabled", "personal", "tags", "organisation", *_QUOTAS, "active"),
    ),
    history=(
        "display_name",
        "organisation",
        "enabled",
        "personal",
        *_QUOTAS,
        "domain_id",
        "parent_id",
        "active",
    ),
    derived=("has_instances",),
    closing={"enabled": False},
    may_empty=False,
)
