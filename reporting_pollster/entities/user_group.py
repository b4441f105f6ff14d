"""Groups of users.

Traps: groups of an LDAP domain are in no table but the mapping of their ids; whether they still exist, and who is in
them, only LDAP knows. The table is not called `group`, which is a word of SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, Text, literal, null, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined


class UserGroup(Tracked, Reporting):
    """Keystone groups of users"""

    __tablename__ = "user_group"

    id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Group id")
    name: Mapped[str | None] = mapped_column(comment="Name; for mapped groups the id that LDAP gives it")
    description: Mapped[str | None] = mapped_column(Text, comment="Description")
    domain_id: Mapped[str | None] = mapped_column(ident(), comment="Domain of the group")
    kind: Mapped[str] = mapped_column(ident(16), comment="local, or mapped (known by its id only, from LDAP)")


def _groups(tables: SourceTables) -> Select[Any]:
    g = tables["group"]
    return select(g.id, g.name, g.description, g.domain_id, literal("local").label("kind"), literal(1).label("active"))


def _mapped(tables: SourceTables) -> Select[Any]:
    m, g = tables["id_mapping"], tables["group"]
    return (
        select(
            m.public_id.label("id"),
            m.local_id.label("name"),
            null().label("description"),
            m.domain_id,
            literal("mapped").label("kind"),
            literal(1).label("active"),
        )
        .select_from(joined(m.clause, (g.clause, g.id == m.public_id)))
        .where(m.entity_type == "group", g.id.is_(None))
    )


def _all(inputs: Inputs) -> Iterator[Row]:
    yield from inputs["groups"]
    yield from inputs["mapped"]


ENTITY = Entity(
    table=UserGroup,
    after=("domain",),
    source=Whole(
        inputs={"groups": SourceQuery("keystone", _groups), "mapped": SourceQuery("keystone", _mapped)},
        rows=_all,
        columns=("id", "name", "description", "domain_id", "kind", "active"),
    ),
    history=("name", "domain_id", "kind", "active"),
)
