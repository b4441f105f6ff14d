"""Capacity and allocation over time: for each day and zone what hosts had, and what instances took on average.

The average of a day is what was used in it, over the seconds of the day that are known; it is told as the amount used,
so that nothing is rounded.

It cannot be restricted to a project or a domain: it is about what all of them share.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, FromClause, Select, cast, func, literal, or_, select, true, union_all

from reporting_pollster.errors import WrongParameter
from reporting_pollster.reports.base import Asked, Chart, Column, Report, number, text
from reporting_pollster.reports.consumption import DAY, STATE, ZONE, consumption, pieces
from reporting_pollster.reports.seconds import at
from reporting_pollster.reports.versions import versions

_SECONDS = 86_400
_SECOND = timedelta(seconds=1)
_MOST_DAYS = 400
_USED = ("instance_seconds", "vcpu_seconds", "memory_mb_seconds")
_HAD = ("hosts", "cpus", "memory")

_COLUMNS = (
    Column("day", "Day", "day"),
    text("zone", "Zone"),
    number("hosts", "Hosts", total=False),
    number("cpus", "CPUs", total=False),
    number("memory_mb", "Memory, MB", "MB", total=False),
    Column("instance_seconds", "Instances on average", "integer", "s", _SECONDS),
    Column("vcpu_seconds", "vCPUs on average", "integer", "vCPU·s", _SECONDS),
    Column("memory_mb_seconds", "Memory on average, MB", "integer", "MB·s", _SECONDS),
)


def _query(asked: Asked) -> Select[Any]:
    used = consumption(asked, (DAY, ZONE, STATE), asked.begin, asked.end).subquery()
    on_hosts = used.c.state != "shelved_offloaded"  # they take nothing, but are in use
    had = _had(asked).subquery()
    nothing = [cast(literal(0), BigInteger).label(name) for name in (*_HAD, *_USED)]
    every = union_all(
        select(used.c.day, used.c.zone, *nothing[:3], *(used.c[name] for name in _USED)).where(on_hosts),
        select(had.c.day, had.c.zone, *(had.c[name] for name in _HAD), *nothing[3:]),
    ).subquery()
    sums = (func.sum(every.c[name]) for name in (*_HAD, *_USED))
    return (
        select(every.c.day, every.c.zone, *sums).group_by(every.c.day, every.c.zone).order_by(every.c.day, every.c.zone)
    )


def _had(asked: Asked) -> Select[Any]:
    """What hosts were there at the end of each day, or of the span."""
    h = versions("hypervisor", asked, "availability_zone", "cpus", "memory", "created", "deleted", "active").c
    days = _days(asked)
    there = or_(h.created.is_(None), h.created < days.c.stop) & or_(h.active == true(), h.deleted >= days.c.stop)
    zone = func.coalesce(h.availability_zone, "").label("zone")
    amounts = (func.count().label("hosts"), func.sum(h.cpus).label("cpus"), func.sum(h.memory).label("memory"))
    return select(days.c.day, zone, *amounts).where(there).group_by(days.c.day, h.availability_zone)


def _days(asked: Asked) -> FromClause:
    cut = list(pieces(asked.begin, max(min(asked.known_until, asked.end), asked.begin + _SECOND), "day"))
    if len(cut) > _MOST_DAYS:
        raise WrongParameter("the time span is too long to be told by day", hint=f"ask for {_MOST_DAYS} days at most")
    rows = (select(literal(start.date(), Date()).label("day"), at(stop).label("stop")) for start, stop in cut)
    return union_all(*rows).subquery()


REPORT = Report(
    title="Capacity and allocation by day",
    description="For each day and availability zone: hosts with their CPUs and memory at its end, and what instances "
    "took on average over its 24 hours. Shelved instances that were offloaded take nothing. Sizes "
    "of hosts are those known now.",
    example="--month 2026-10 --format html --output capacity.html",
    columns=_COLUMNS,
    query=_query,
    tables=("hypervisor", "instance"),
    time="span",
    remembers=True,
    told_to="everything",
    charts=lambda by: (Chart("vCPUs on average", ("day", "zone"), "vcpu_seconds", in_time=True),),
)
