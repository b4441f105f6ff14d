"""Projects of keystone, with their quotas and the organisation they belong to.

Traps: domains are rows of the same table and no projects. `enabled` says something about the row itself only: a
disabled domain disables its projects without touching them. Keystone deletes rows outright and dates nothing, and a
name may be taken again by a new project with another id. What the identity federation says of a person is a pickle,
which is a program unless one looks closely.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Executable, Index, Select, String, Text, exists, false, func, literal, select, true, update
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.domain.organisation import ASKED, organisations
from reporting_pollster.domain.plain_pickle import PlainDataError, loads
from reporting_pollster.domain.quota import COLUMNS, project_quotas
from reporting_pollster.domain.raw_values import raw_value
from reporting_pollster.domain.rows import RowProblem
from reporting_pollster.entities.base import EffectContext, Entity, Inputs, Reporting, Tracked, Whole, document, ident
from reporting_pollster.entities.domain import domains
from reporting_pollster.entities.quota import LIMITS, service_limits
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
_QUOTAS = tuple(column.name for column in COLUMNS)


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


def _some_ids(tables: SourceTables) -> Select[Any]:
    p = tables["project"]
    return select(p.id).where(p.is_domain == 0).order_by(p.id).limit(500)


def _tags(tables: SourceTables) -> Select[Any]:
    t = tables["project_tag"]
    return select(t.project_id, t.name)


def _grants(tables: SourceTables) -> Select[Any]:
    a, role = tables["assignment"], tables["role"]
    return (
        select(a.target_id.label("project_id"), a.actor_id.label("user_id"), role.name.label("role"))
        .select_from(a.clause.join(role.clause, role.id == a.role_id))
        .where(a.type == "UserProject", a.inherited == 0, func.lower(role.name).in_(ASKED))
    )


def _people(tables: SourceTables) -> Select[Any]:
    p = tables["user"]
    known = p.user_id.is_not(None), p.shibboleth_attributes.is_not(None)
    return select(p.user_id, p.shibboleth_attributes.label("attributes")).where(*known).order_by(p.id)


def _complete(inputs: Inputs) -> Iterator[Any]:
    domain = {row.id: row for row in inputs["domains"]}
    tags = _tags_of_projects(inputs["tags"])
    limits = service_limits(inputs)
    holders = [row for row in inputs["grants"] if all(isinstance(value, str) for value in row)]
    attributes, unread = _attributes(inputs["people"])
    yield from unread
    organisation = organisations(holders, attributes)
    prefix = inputs.settings.personal_prefix
    for project in inputs["projects"]:
        owner = domain.get(project.domain_id)
        yield (
            *(getattr(project, name) for name in _COPIED),
            int(bool(project.enabled and (owner is None or owner.enabled))),
            int(bool(prefix) and str(project.display_name).startswith(prefix)),
            tags.get(project.id),
            organisation.get(project.id) or (owner and owner.name),
            *project_quotas(limits, project.id).values(),
            project.active,
        )


def _tags_of_projects(rows: Iterable[Any]) -> dict[Any, str]:
    tags: defaultdict[Any, set[str]] = defaultdict(set)
    for row in rows:
        tags[row.project_id].add(str(row.name))
    return {project_id: json.dumps(sorted(names), ensure_ascii=False) for project_id, names in tags.items()}


def _attributes(people: Iterable[Any]) -> tuple[dict[str, object], list[RowProblem]]:
    """What the federation says of each user, of several rows the last that can be read; and what can't be."""
    found: dict[str, object] = {}
    unread = []
    for person in people:
        try:
            found[person.user_id] = loads(person.attributes)
        except PlainDataError as error:
            raw = {"user_id": raw_value(person.user_id), "attributes": raw_value(person.attributes)}
            unread.append(RowProblem(f"user {person.user_id}", "organisation", str(error), "repaired", raw))
    return found, unread


def _new_with_instances(context: EffectContext) -> Executable:
    """A project may be told of after its first instance."""
    instance = Reporting.metadata.tables["instance"].c
    living = exists().where(
        instance.project_id == Project.id, instance.region == context.region, instance.active == true()
    )
    fresh = Project.region == context.region, Project.first_seen == context.now, Project.has_instances == false()
    return update(Project).where(*fresh, living).values(has_instances=True)


ENTITY = Entity(
    table=Project,
    after=("domain",),
    source=Whole(
        inputs={
            "projects": SourceQuery("keystone", _projects),
            "domains": SourceQuery("keystone", domains),
            "tags": SourceQuery("keystone", _tags),
            **LIMITS,
            "grants": SourceQuery("keystone", _grants),
            "people": SourceQuery("rcshib", _people, optional=True),
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
    effects=(_new_with_instances,),
    closing={"enabled": False},
    may_empty=False,
    identity=SourceQuery("keystone", _some_ids),
)
