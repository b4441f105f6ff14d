"""Who is in which group.

Traps: since 2022 federated users are members for a time only, in a table of its own that older releases lack; such a
row stays when its time is over, until the next log-in renews it. How long it holds may be said in keystone's settings
alone: then it counts as holding. Members of LDAP groups are in no table at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import DateTime, Index, Select, false, null, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

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


class SourceClock(FunctionElement[datetime]):
    """The source's clock in UTC, which no single function gives on every server."""

    inherit_cache = True
    type = DateTime()


@compiles(SourceClock)
def _sqlite_clock(element: SourceClock, compiler: Any, **options: Any) -> str:
    return "datetime('now')"


@compiles(SourceClock, "mysql")
@compiles(SourceClock, "mariadb")
def _mysql_clock(element: SourceClock, compiler: Any, **options: Any) -> str:
    return "UTC_TIMESTAMP()"


def members(tables: SourceTables) -> Select[Any]:
    """Memberships without an end."""
    m = tables["user_group_membership"]
    return select(m.group_id, m.user_id)


def expiring_members(tables: SourceTables) -> Select[Any]:
    """Memberships that federation gives for some minutes; none in releases that lack them."""
    if not tables.has("expiring_user_group_membership"):
        m = tables["user_group_membership"]
        nothing = (null().label(name) for name in ("last_verified", "minutes", "clock"))
        return select(m.group_id, m.user_id, *nothing).where(false())
    e, provider = tables["expiring_user_group_membership"], tables["identity_provider"]
    return select(
        e.group_id,
        e.user_id,
        e.last_verified,
        provider.maybe("authorization_ttl").label("minutes"),
        SourceClock().label("clock"),
    ).select_from(joined(e.clause, (provider.clause, provider.id == e.idp_id)))


class Membership(NamedTuple):
    """One user in one group, however often the source says so."""

    group_id: Any
    user_id: Any
    expiring: bool
    expires: str | None
    holds: bool


def memberships(lasting: Iterable[Any], expiring: Iterable[Any]) -> Iterator[Membership]:
    """Every membership once: the one without an end goes before those that expire, of which the longest counts."""
    found = {(row.group_id, row.user_id): Membership(row.group_id, row.user_id, False, None, True) for row in lasting}
    for row in expiring:
        known, end = found.get((row.group_id, row.user_id)), expiry(row.last_verified, row.minutes)
        if known is None or (known.expiring and (end or "") > (known.expires or "")):
            holds = end is None or end > str(row.clock)
            found[row.group_id, row.user_id] = Membership(row.group_id, row.user_id, True, end, holds)
    return iter(found.values())


def expiry(last_verified: object, minutes: object) -> str | None:
    """When a membership ends that was verified at a time and holds for some minutes from then."""
    try:
        end: datetime = datetime.fromisoformat(last_verified) + timedelta(minutes=minutes)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return end.isoformat(" ", "seconds")


def _all(inputs: Inputs) -> Iterator[Row]:
    for member in memberships(inputs["members"], inputs["expiring"]):
        yield member.group_id, member.user_id, int(member.expiring), member.expires, int(member.holds)


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
