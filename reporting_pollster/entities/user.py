"""Users of every kind that keystone knows.

Traps: the name is in another table for each kind of user (SQL, LDAP, federated), and an LDAP user who never logged in
has no row but the mapping of its id. A federated user may have several rows. E-mail is in free-form JSON that operators
and identity providers fill. Nothing is dated but the creation, and a deletion leaves no trace.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Select, case, func, literal, null, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined


class User(Tracked, Reporting):
    """Keystone users of every kind"""

    __tablename__ = "user"
    __table_args__ = (Index("ix_user_name", "name"), Index("ix_user_email", "email"))

    id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="User id")
    name: Mapped[str | None] = mapped_column(comment="Display name of the identity federation; else the user name")
    email: Mapped[str | None] = mapped_column(comment="E-mail address")
    default_project: Mapped[str | None] = mapped_column(ident(), comment="Default project (project.id)")
    enabled: Mapped[bool | None] = mapped_column(comment="Enabled; NULL where only LDAP knows")
    domain_id: Mapped[str | None] = mapped_column(ident(), comment="Domain of the user")
    kind: Mapped[str | None] = mapped_column(
        ident(16), comment="local, nonlocal (LDAP), federated, or mapped (id only)"
    )
    created: Mapped[datetime | None] = mapped_column(comment="Creation, UTC; NULL when keystone did not note it")
    deleted: Mapped[datetime | None] = mapped_column(comment="Latest possible deletion, UTC")
    last_active: Mapped[date | None] = mapped_column(comment="Last day of activity, where keystone keeps it, UTC")


_COLUMNS = (
    "id",
    "name",
    "email",
    "default_project",
    "enabled",
    "domain_id",
    "kind",
    "created",
    "deleted",
    "last_active",
    "active",
)


def _users(tables: SourceTables) -> Select[Any]:
    u, local, nonlocal_ = tables["user"], tables["local_user"], tables["nonlocal_user"]
    federated = _federated(tables).subquery("federated")
    return select(
        u.id,
        func.coalesce(local.name, nonlocal_.name, federated.c.display_name, federated.c.unique_id).label("name"),
        u.extra,
        u.default_project_id.label("default_project"),
        u.enabled,
        u.domain_id,
        case(
            (local.user_id.is_not(None), "local"),
            (nonlocal_.user_id.is_not(None), "nonlocal"),
            (federated.c.user_id.is_not(None), "federated"),
        ).label("kind"),
        u.created_at.label("created"),
        u.last_active_at.label("last_active"),
    ).select_from(
        joined(
            u.clause,
            (local.clause, local.user_id == u.id),
            (nonlocal_.clause, nonlocal_.user_id == u.id),
            (federated, federated.c.user_id == u.id),
        )
    )


def _federated(tables: SourceTables) -> Select[Any]:
    f = tables["federated_user"]
    names = func.min(f.display_name).label("display_name"), func.min(f.unique_id).label("unique_id")
    return select(f.user_id, *names).group_by(f.user_id)


def _mapped(tables: SourceTables) -> Select[Any]:
    m, u = tables["id_mapping"], tables["user"]
    return (
        select(
            m.public_id.label("id"),
            m.local_id.label("name"),
            null().label("extra"),
            null().label("default_project"),
            null().label("enabled"),
            m.domain_id,
            literal("mapped").label("kind"),
            null().label("created"),
            null().label("last_active"),
        )
        .select_from(joined(m.clause, (u.clause, u.id == m.public_id)))
        .where(m.entity_type == "user", u.id.is_(None))
    )


def _federation(tables: SourceTables) -> Select[Any]:
    r = tables["user"]
    return select(r.user_id, r.displayname, r.email).where(r.user_id.is_not(None)).order_by(r.id)


def _complete(inputs: Inputs) -> Iterator[Row]:
    names = {row.user_id: row.displayname for row in inputs["federation"] if row.displayname}
    emails = {row.user_id: row.email for row in inputs["federation"] if row.email}
    for user in (*inputs["users"], *inputs["mapped"]):
        yield (
            user.id,
            names.get(user.id) or user.name,
            emails.get(user.id) or email_in(user.extra),
            user.default_project,
            user.enabled,
            user.domain_id,
            user.kind,
            user.created,
            None,
            user.last_active,
            1,
        )


def email_in(extra: object) -> str | None:
    """The e-mail address in keystone's free-form JSON, when there is one."""
    try:
        email = json.loads(extra)["email"]  # type: ignore[arg-type]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return email if isinstance(email, str) and email else None


ENTITY = Entity(
    table=User,
    after=("domain", "project"),
    source=Whole(
        inputs={
            "users": SourceQuery("keystone", _users),
            "mapped": SourceQuery("keystone", _mapped),
            "federation": SourceQuery("rcshib", _federation, optional=True),
        },
        rows=_complete,
        columns=_COLUMNS,
    ),
    history=("name", "email", "default_project", "enabled", "domain_id", "kind", "created", "deleted", "active"),
    closing={"enabled": False},
    may_empty=False,
)
