"""Who is in which group.

Traps: since 2022 federated users are members for a time only, in a table of its own that older releases lack; such a
row stays when its time is over, until the next log-in renews it, so the end is part of what we tell. Members of LDAP
groups are in no table at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, Select, false, null, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables, joined


class GroupMember(Tracked, Reporting):
    """Members of keystone groups"""

    __tablename__ = "group_member"
    __table_args__ = (Index("ix_group_member_user_id", "user_id"),)

    group_id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="Group (user_group.id)")
    user_id: Mapped[str] = mapped_column(ident(), primary_key=True, comment="User (user.id)")
    expiring: Mapped[bool] = mapped_column(comment="By federation only, for a time")
    expires: Mapped[datetime | None] = mapped_column(
        comment="When an expiring membership ends unless renewed, UTC; NULL where only keystone's settings tell"
    )


def members(tables: SourceTables) -> Select[Any]:
    """Memberships without an end."""
    m = tables["user_group_membership"]
    return select(m.group_id, m.user_id)


def expiring_members(tables: SourceTables) -> Select[Any]:
    """Memberships that federation gives for some minutes; none in releases that lack them."""
    if not tables.has("expiring_user_group_membership"):
        m = tables["user_group_membership"]
        nothing = null().label("last_verified"), null().label("minutes")
        return select(m.group_id, m.user_id, *nothing).where(false())
    e, provider = tables["expiring_user_group_membership"], tables["identity_provider"]
    return select(
        e.group_id, e.user_id, e.last_verified, provider.maybe("authorization_ttl").label("minutes")
    ).select_from(joined(e.clause, (provider.clause, provider.id == e.idp_id)))


def _all(inputs: Inputs) -> Iterator[Row]:
    lasting = {(row.group_id, row.user_id) for row in inputs["members"]}
    ends: dict[tuple[Any, Any], str | None] = {}
    for row in inputs["expiring"]:
        member, end = (row.group_id, row.user_id), expiry(row.last_verified, row.minutes)
        if member not in lasting:
            ends[member] = max(filter(None, (end, ends.get(member))), default=None)
    for group_id, user_id in lasting:
        yield group_id, user_id, 0, None, 1
    for (group_id, user_id), end in ends.items():
        yield group_id, user_id, 1, end, 1


def expiry(last_verified: object, minutes: object) -> str | None:
    """When a membership ends that was verified at a time and holds for some minutes from then."""
    try:
        end: datetime = datetime.fromisoformat(last_verified) + timedelta(minutes=minutes)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return end.isoformat(" ", "seconds")


ENTITY = Entity(
    table=GroupMember,
    after=("user", "user_group"),
    source=Whole(
        inputs={
            "members": SourceQuery("keystone", members),
            "expiring": SourceQuery("keystone", expiring_members),
        },
        rows=_all,
        columns=("group_id", "user_id", "expiring", "expires", "active"),
    ),
    history=("expiring", "active"),
)
