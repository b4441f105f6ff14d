"""usage_day in long form: a row for each resource, so that one query serves them all, and use weighted by state.

A weighted amount is rounded to a whole number in each row, never later: sums of rows add up, however they are grouped.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import FromClause, Select, case, func, literal, select, union_all

from reporting_pollster.derived.arithmetic import quotient
from reporting_pollster.derived.view.base import View, table
from reporting_pollster.domain.rates import RESOURCES

_WHOLE = 10_000


def _query() -> Select[Any]:
    u = _amounts().c
    weighted = quotient((u.amount_seconds * u.share + _WHOLE // 2).self_group(), literal(_WHOLE))
    own = (u.region, u.day, u.project_id, u.resource, u.type, u.availability_zone, u.state, u.amount_seconds)
    return select(*own, weighted.label("weighted_amount_seconds"))


def _amounts() -> FromClause:
    usage, weight = table("usage_day"), table("state_weight")
    resources = union_all(
        *(select(literal(each.name).label("resource"), literal(each.kind).label("kind")) for each in RESOURCES.values())
    ).subquery("listed")
    name, u = resources.c.resource, usage.c
    amount = case(*((name == each.name, u[each.amount]) for each in RESOURCES.values())).label("amount_seconds")
    share = func.coalesce(weight.c.ten_thousandths, _WHOLE).label("share")
    rows = usage.join(resources, resources.c.kind == u.kind)
    rows = rows.outerjoin(weight, (weight.c.resource == name) & (weight.c.state == u.state))
    own = (u.region, u.day, u.project_id, name, u.type, u.availability_zone, u.state)
    return select(*own, amount, share).select_from(rows).subquery("used")


VIEW = View(
    name="usage_by_resource",
    comment="Use per day in long form: a row for each resource, also weighted by state (state_weight)",
    columns={
        "region": "Region",
        "day": "Day, UTC",
        "project_id": "Project; '' when the resource had no owner",
        "resource": "instance, vcpu, memory, root, ephemeral, volume, snapshot, backup, image or floating_ip",
        "type": "Flavour or volume type by name; '' for none",
        "availability_zone": "Availability zone; '' for none",
        "state": "State (active, stopped, shelved, …)",
        "amount_seconds": "Amount × s: memory and image in MB, disks, volumes, snapshots and backups in GB",
        "weighted_amount_seconds": "The same times the weight of the state, rounded to a whole number",
    },
    query=_query,
)
