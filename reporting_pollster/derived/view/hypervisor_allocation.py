"""What each hypervisor has, what the instances on it take, and what is free.

Instances are counted by node and cell: ironic has several nodes on one service host, and cells may repeat names.
Shelved instances that were offloaded take nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, case, cast, func, or_, select, true

from reporting_pollster.derived.arithmetic import rounded_down
from reporting_pollster.derived.view.base import View, table, total

_SIZES = (
    ("vcpus", "cpus", "cpu_allocation_ratio"),
    ("memory", "memory", "ram_allocation_ratio"),
    ("disk", "local_storage", "disk_allocation_ratio"),
)


def _query() -> Select[Any]:
    hosts, taken = _hosts(), _taken()
    h, t = hosts.c, taken.c
    here = (t.hypervisor == h.hypervisor) & (t.cell_name == h.cell_name) & (t.region == h.region)
    number = func.coalesce(t.instances, 0).label("instances")
    figures: list[ColumnElement[Any]] = []
    for name, *_ in _SIZES:
        takes, capacity = cast(func.coalesce(t[name], 0), BigInteger), h[f"{name}_capacity"]
        figures += [h[f"{name}_physical"], capacity, takes.label(f"{name}_allocated")]
        figures.append((capacity - takes).label(f"{name}_free"))
    own = (h.region, h.cell_name, h.hypervisor, h.availability_zone, h.disabled)
    return select(*own, number, *figures).select_from(hosts.outerjoin(taken, here))


def _hosts() -> FromClause:
    h = table("hypervisor").c
    figures: list[ColumnElement[Any]] = []
    for name, physical, ratio in _SIZES:
        has, overcommit = func.coalesce(h[physical], 0), case((h[ratio] > 0, h[ratio]), else_=1.0)
        figures += [has.label(f"{name}_physical"), rounded_down(has * overcommit).label(f"{name}_capacity")]
    return (
        select(h.region, h.cell_name, h.hostname.label("hypervisor"), h.availability_zone, h.disabled, *figures)
        .where(h.active == true())
        .subquery("host")
    )


def _taken() -> FromClause:
    i = table("instance").c
    disk = func.coalesce(i.root, 0) + func.coalesce(i.ephemeral, 0)
    figures = (total(i.vcpus).label("vcpus"), total(i.memory).label("memory"), total(disk).label("disk"))
    return (
        select(i.region, i.cell_name, i.hypervisor, func.count().label("instances"), *figures)
        .where(i.active == true(), or_(i.vm_state.is_(None), i.vm_state != "shelved_offloaded"))
        .group_by(i.region, i.cell_name, i.hypervisor)
        .subquery("taken")
    )


def _columns() -> Iterator[tuple[str, str]]:
    yield "region", "Region"
    yield "cell_name", "Cell whose database holds it"
    yield "hypervisor", "Host name in full (instance.hypervisor)"
    yield "availability_zone", "Availability zone of its host"
    yield "disabled", "Its service takes no new instances"
    yield "instances", "Instances on it"
    for name, what in (("vcpus", "CPUs"), ("memory", "Memory, MB"), ("disk", "Local disk, GB")):
        yield f"{name}_physical", f"{what}: what it has"
        yield f"{name}_capacity", f"{what}: the same with overcommit; without when no database says the ratio"
        yield f"{name}_allocated", f"{what}: what its instances take"
        yield f"{name}_free", f"{what}: what is left of the capacity"


VIEW = View(
    name="hypervisor_allocation",
    comment="What each hypervisor has, what instances take of it, and what is free",
    columns=dict(_columns()),
    query=_query,
)
