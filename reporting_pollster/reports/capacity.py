"""What hypervisors have, what living instances take of it, and what is free.

A host may be in several aggregates, whose figures therefore do not add up to the cloud's. Instances on a host that is
no hypervisor (any longer) have a row of their own. Sizes of hosts have no history of their own: they are those that
are known, while instances are those of the instant.

It cannot be restricted to a project or a domain: it is about what all of them share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from reporting_pollster.reports.base import Asked, Chart, Column, Report, number, text
from reporting_pollster.reports.seconds import at, rounded_down
from reporting_pollster.reports.versions import table, valid, versions

_BY: Mapping[str, tuple[Column, ...]] = {
    "hypervisor": (text("hypervisor", "Hypervisor"), text("zone", "Zone")),
    "aggregate": (number("aggregate_id", "Aggregate id", total=False), text("aggregate", "Aggregate")),
    "zone": (text("zone", "Zone"),),
}
_SIZES = (
    ("vcpus", "vCPUs", "", "cpus", "cpu_allocation_ratio"),
    ("memory_mb", "Memory MB", "MB", "memory", "ram_allocation_ratio"),
    ("disk_gb", "Disk GB", "GB", "local_storage", "disk_allocation_ratio"),
)
_FIGURES = (
    *("hosts", "instances"),
    *(f"{name}_{what}" for name, *_ in _SIZES for what in ("physical", "capacity", "allocated")),
)


def _columns() -> Iterator[Column]:
    yield number("hosts", "Hosts")
    yield number("instances", "Instances")
    for name, title, unit, *_ in _SIZES:
        yield number(f"{name}_physical", f"{title}", unit)
        yield number(f"{name}_capacity", "with overcommit", unit)
        yield number(f"{name}_allocated", "allocated", unit)
        yield number(f"{name}_free", "free", unit)


def _query(asked: Asked) -> Select[Any]:
    hosts = _hosts(asked).subquery()
    keys = [column.name for column in _BY[asked.by]]
    parts = (_grouped(figures.subquery(), hosts, asked, keys) for figures in (_physical(asked), _allocated(asked)))
    every = union_all(*parts).subquery()
    own = [every.c[key] for key in keys]
    sums = {name: func.sum(every.c[name]) for name in _FIGURES}
    figures: list[ColumnElement[Any]] = [sums["hosts"], sums["instances"]]
    for name, *_ in _SIZES:
        has, takes = sums[f"{name}_capacity"], sums[f"{name}_allocated"]
        figures += [sums[f"{name}_physical"], has, takes, has - takes]
    return select(*own, *figures).group_by(*own).order_by(*own)


def _hypervisors(asked: Asked) -> FromClause:
    """Those that were there at the instant."""
    sizes = [column for *_, physical, ratio in _SIZES for column in (physical, ratio)]
    found = versions(
        "hypervisor", asked, "service_host", "hostname", "availability_zone", *sizes, "created", "deleted", "active"
    )
    instant = at(asked.as_of)
    there = or_(found.c.active == true(), found.c.deleted > instant)
    host = func.coalesce(found.c.service_host, found.c.hostname, "").label("host")
    return (
        select(host, found.c.availability_zone, *(found.c[name] for name in sizes))
        .where(there, or_(found.c.created.is_(None), found.c.created <= instant))
        .subquery()
    )


def _hosts(asked: Asked) -> Select[Any]:
    """Each compute host with its zone; ironic has several hypervisors on one."""
    h = _hypervisors(asked)
    return select(h.c.host, func.min(func.coalesce(h.c.availability_zone, "")).label("zone")).group_by(h.c.host)


def _physical(asked: Asked) -> Select[Any]:
    h = _hypervisors(asked)
    figures: list[ColumnElement[Any]] = [literal(1).label("hosts"), literal(0).label("instances")]
    for name, *_, physical, ratio in _SIZES:
        has = func.coalesce(h.c[physical], 0)
        overcommit = case((h.c[ratio] > 0, h.c[ratio]), else_=1.0)
        figures += [has.label(f"{name}_physical"), rounded_down(has * overcommit).label(f"{name}_capacity")]
        figures.append(cast(literal(0), BigInteger).label(f"{name}_allocated"))
    return select(h.c.host, *figures)


def _allocated(asked: Asked) -> Select[Any]:
    period = table("instance_period").c
    takes = {
        "vcpus": period.vcpus,
        "memory_mb": period.memory,
        "disk_gb": func.coalesce(period.root, 0) + func.coalesce(period.ephemeral, 0),
    }
    figures: list[ColumnElement[Any]] = [literal(0).label("hosts"), func.count().label("instances")]
    for name, *_ in _SIZES:
        nothing = [cast(literal(0), BigInteger).label(f"{name}_{what}") for what in ("physical", "capacity")]
        figures += [*nothing, func.sum(func.coalesce(takes[name], 0)).label(f"{name}_allocated")]
    return (
        select(period.host, *figures)
        .where(valid(period, asked), func.coalesce(period.host, "") != "", period.state != "shelved_offloaded")
        .group_by(period.host)
    )


def _grouped(figures: FromClause, hosts: FromClause, asked: Asked, keys: list[str]) -> Select[Any]:
    """Figures of hosts with what they are grouped by."""
    rows = figures.outerjoin(hosts, hosts.c.host == figures.c.host)
    zone = func.coalesce(hosts.c.zone, "")
    own: dict[str, ColumnElement[Any]] = {"hypervisor": figures.c.host, "zone": zone}
    if asked.by == "aggregate":
        members = _members(asked)
        rows = rows.outerjoin(members, members.c.host == figures.c.host)
        own |= {"aggregate_id": members.c.id, "aggregate": members.c.name}
    return select(*(own[key].label(key) for key in keys), *(figures.c[name] for name in _FIGURES)).select_from(rows)


def _members(asked: Asked) -> FromClause:
    """Aggregates with their hosts, as they are known."""
    aggregate = versions("aggregate", asked, "id", "name", "active")
    member = versions("aggregate_host", asked, "id", "host", "active")
    return (
        select(aggregate.c.id, aggregate.c.name, member.c.host)
        .select_from(aggregate.join(member, member.c.id == aggregate.c.id))
        .where(aggregate.c.active == true(), member.c.active == true())
        .subquery()
    )


REPORT = Report(
    title="Capacity and allocation",
    description="What hypervisors have, with their overcommit ratios (1 where no database says one), what instances on "
    "them take, and what is free. Shelved instances that were offloaded take nothing.",
    example="--by zone",
    columns=tuple(_columns()),
    query=_query,
    tables=("hypervisor", "instance"),
    time="instant",
    by=_BY,
    remembers=True,
    told_to="everything",
    charts=lambda by: (
        Chart("vCPUs allocated", (by,), "vcpus_allocated"),
        Chart("Memory allocated, MB", (by,), "memory_mb_allocated"),
    ),
    notes=lambda asked: (
        ("Hosts may be in several aggregates: the rows do not add up to the cloud.",) if asked.by == "aggregate" else ()
    ),
)
