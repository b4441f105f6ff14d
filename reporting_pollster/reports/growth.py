"""How use grew: a time span against the one of the same length just before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, literal, literal_column, select, union_all

from reporting_pollster.reports.base import Asked, Chart, Column, Report, hours, number, text
from reporting_pollster.reports.consumption import FLAVOUR, PROJECT, STATE, ZONE, Key, consumption
from reporting_pollster.reports.seconds import rounded_down
from reporting_pollster.reports.usage import TABLES
from reporting_pollster.reports.versions import projects

_GB = 3600 * 1024
_AMOUNTS = (
    ("instance_seconds", "Instance-h", "s", 3600),
    ("vcpu_seconds", "vCPU-h", "vCPU·s", 3600),
    ("memory_mb_seconds", "Memory GB-h", "MB·s", _GB),
    ("volume_gb_seconds", "Volume GB-h", "GB·s", 3600),
)
_BY: Mapping[str, tuple[Column, ...]] = {
    "project": (text("project_id", "Project id"), text("project", "Project")),
    "flavour": (text("flavour", "Flavour"),),
    "zone": (text("zone", "Zone"),),
    "state": (text("state", "State"),),
}
_KEYS: Mapping[str, Key] = {"project": PROJECT, "flavour": FLAVOUR, "zone": ZONE, "state": STATE}


def _columns() -> Iterator[Column]:
    for name, title, unit, per in _AMOUNTS:
        yield hours(f"{name}_before", f"{title} before", unit, per=per)
        yield hours(name, title, unit, per=per)
        yield hours(f"{name}_change", "Change", unit, per=per)
        yield number(f"{name}_change_percent", "%", "%", total=False)


def _query(asked: Asked) -> Select[Any]:
    key, names = _KEYS[asked.by], projects(asked)
    both = _both(asked, key).subquery()
    own = both.c[key.name]
    rows, titles = (both, ()) if asked.by != "project" else (both.outerjoin(names, names.c.id == own), (names.c.name,))
    figures = [
        figure
        for name, *_ in _AMOUNTS
        for before, now in [(both.c[f"{name}_before"], both.c[name])]
        for figure in (before, now, now - before, _percent(before, now))
    ]
    change = both.c.vcpu_seconds - both.c.vcpu_seconds_before
    return select(own, *titles, *figures).select_from(rows).order_by(change.desc(), own)


def _both(asked: Asked, key: Key) -> Select[Any]:
    """The amounts of both spans in one row for each key."""
    now = consumption(asked, (key,), asked.begin, asked.end).subquery()
    earlier = consumption(asked, (key,), *asked.before).subquery()
    nothing = [cast(literal(0), BigInteger) for _ in _AMOUNTS]
    names = [name for name, *_ in _AMOUNTS]
    labels = [*names, *(f"{name}_before" for name in names)]
    parts = (
        [now.c[key.name], *(now.c[name] for name in names), *nothing],
        [earlier.c[key.name], *nothing, *(earlier.c[name] for name in names)],
    )
    every = union_all(
        *(select(own, *(each.label(label) for each, label in zip(rest, labels, strict=True))) for own, *rest in parts)
    ).subquery()
    own = every.c[key.name]
    return select(own, *(func.sum(every.c[label]).label(label) for label in labels)).group_by(own)


def _percent(before: Any, now: Any) -> Any:
    """By how much it is more, rounded down; nothing when there was nothing before."""
    share = rounded_down(now * literal_column("100.0") / case((before > 0, before), else_=1))
    return case((before > 0, share - 100))


REPORT = Report(
    title="Growth of use",
    description="Use in a time span, in the span of the same length just before it, and the difference. The largest "
    "growth of vCPU-hours comes first.",
    example="--month 2026-10 --by project",
    columns=tuple(_columns()),
    query=_query,
    tables=TABLES,
    time="span",
    by=_BY,
    of_project=True,
    told_to="project",
    remembers=True,
    charts=lambda by: (Chart("Growth of vCPU-hours", (by,), "vcpu_seconds_change"),),
    notes=lambda asked: (f"Before: from {asked.before[0]} to {asked.before[1]} UTC.",),
)
