"""Roles that users hold, with everything that keystone makes of the grants it stores.

Traps: a grant to a group, one that is inherited, and a role that implies others are worked out by keystone on demand
and stand nowhere; nor does their end. Grants outlive users, projects and roles, because nothing binds them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.domain.roles import EffectiveRoles
from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.domain import domains
from reporting_pollster.entities.group_member import expiring_members, members, memberships
from reporting_pollster.entities.source import SourceQuery, SourceTables

LOG = logging.getLogger(__name__)


class Role(Tracked, Reporting):
    """Effective roles: who holds which role where, however it was obtained"""

    __tablename__ = "role"
    __table_args__ = (Index("ix_role_user", "user"), Index("ix_role_project", "project"))

    role: Mapped[str] = mapped_column(ident(255), primary_key=True, comment="Name of the role")
    user: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Who holds it (user.id)")
    project: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Where: project, domain, or system")
    scope: Mapped[str] = mapped_column(ident(16), comment="What it is held on: project, domain or system")
    origin: Mapped[str] = mapped_column(ident(32), comment="How: direct, or by group, inherited, implied, joined by +")
    role_id: Mapped[str] = mapped_column(ident(), comment="Id of the role")


def _projects(tables: SourceTables) -> Select[Any]:
    p = tables["project"]
    return select(p.id, p.domain_id, p.parent_id).where(p.is_domain == 0)


def _roles(tables: SourceTables) -> Select[Any]:
    r = tables["role"]
    return select(r.id, r.name, r.domain_id)


def _implied(tables: SourceTables) -> Select[Any]:
    i = tables["implied_role"]
    return select(i.prior_role_id, i.implied_role_id)


def _assignments(tables: SourceTables) -> Select[Any]:
    a = tables["assignment"]
    return select(a.type, a.actor_id, a.target_id, a.role_id, a.inherited)


def _system_assignments(tables: SourceTables) -> Select[Any]:
    a = tables["system_assignment"]
    return select(a.type, a.actor_id, a.target_id, a.role_id, a.inherited)


def _effective(inputs: Inputs) -> Iterator[Row]:
    holding = (member for member in memberships(inputs["members"], inputs["expiring"]) if member.holds)
    effective = EffectiveRoles(
        projects=_sane(inputs["projects"], 1),
        domains=(row.id for row in _sane(inputs["domains"], 1)),
        roles=_sane(inputs["roles"], 2),
        implied=_sane(inputs["implied"], 2),
        assignments=_sane((*inputs["assignments"], *inputs["system_assignments"]), 4),
        memberships=_sane(((member.user_id, member.group_id) for member in holding), 2),
    )
    LOG.debug("grants that give nothing %s", effective.dropped)
    for role in effective:
        yield role.role_name, role.user_id, role.target_id, role.scope, role.origin, role.role_id, 1


def _sane(rows: Iterable[Any], texts: int) -> Iterator[Any]:
    """The rows that begin with so many texts: ids of another kind name nobody, and can't be sorted among others."""
    return (row for row in rows if all(isinstance(value, str) for value in row[:texts]))


ENTITY = Entity(
    table=Role,
    after=("user", "project", "group_member"),
    source=Whole(
        inputs={
            "projects": SourceQuery("keystone", _projects),
            "domains": SourceQuery("keystone", domains),
            "roles": SourceQuery("keystone", _roles),
            "implied": SourceQuery("keystone", _implied),
            "assignments": SourceQuery("keystone", _assignments),
            "system_assignments": SourceQuery("keystone", _system_assignments),
            "members": SourceQuery("keystone", members),
            "expiring": SourceQuery("keystone", expiring_members),
        },
        rows=_effective,
        columns=("role", "user", "project", "scope", "origin", "role_id", "active"),
    ),
    history=("scope", "origin", "role_id"),
    gone="remove",
    may_empty=False,
)
