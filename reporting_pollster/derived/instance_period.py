"""Periods of instances: from when to when each had which size and state, for whom, and where."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, String, Table, func, literal, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.derived.base import Facts, PeriodColumns, Row, Timeline, Usage, period_indexes
from reporting_pollster.derived.declared_facts import FACT, declared_first, declared_rows
from reporting_pollster.derived.event_facts import as_told, end_of, ends, telling_of, time_of, told_rows
from reporting_pollster.domain.timeline.declared import Declared
from reporting_pollster.domain.timeline.fact import Action, Flavour, InstanceFacts, InstanceVersion, Migration
from reporting_pollster.domain.timeline.instance import RELEVANT_ACTIONS, InstanceValues, instance_periods
from reporting_pollster.domain.timeline.period import Period
from reporting_pollster.entities.base import Reporting, ident
from reporting_pollster.events.almanach import AlmanachEntity
from reporting_pollster.events.instance_event import EVENT, InstanceEvent


class InstancePeriod(PeriodColumns, Reporting):
    """Periods in which an instance had the same size, state, owner and place"""

    __tablename__ = "instance_period"
    __table_args__ = period_indexes("instance_period")

    created_by: Mapped[str | None] = mapped_column(ident(), comment="User that created the instance")
    flavour: Mapped[int | None] = mapped_column(comment="Internal flavour id (flavour.id)")
    flavour_uuid: Mapped[str | None] = mapped_column(ident(255), comment="Flavour id that users see (flavorid)")
    flavour_name: Mapped[str | None] = mapped_column(comment="Flavour name")
    vcpus: Mapped[int | None] = mapped_column(comment="Virtual CPUs; empty when the flavour is not known")
    memory: Mapped[int | None] = mapped_column(comment="Memory, MB")
    root: Mapped[int | None] = mapped_column(comment="Root disk, GB")
    ephemeral: Mapped[int | None] = mapped_column(comment="Ephemeral disk, GB")
    host: Mapped[str | None] = mapped_column(String(255), comment="Compute service host it was on")
    availability_zone: Mapped[str | None] = mapped_column(String(255), comment="Availability zone it was in")


_SIZE = ("flavour", "flavour_uuid", "flavour_name", "vcpus", "memory", "root", "ephemeral")
_VERSION = (
    *("known_from", "project_id", "created_by", *_SIZE, "vm_state", "host", "availability_zone"),
    *("created", "launched", "terminated", "deleted", "updated", "active"),
)
_COLUMNS = ("project_id", "created_by", "state", "in_use", *_SIZE, "host", "availability_zone")
_UNKNOWN = Flavour(None, None, None, None, None, None, None)
_SIZE_AT = _VERSION.index("flavour") + 1, _VERSION.index("flavour") + 1 + len(_SIZE)  # after the id


def _table(name: str) -> Table:
    return Reporting.metadata.tables[name]


def _rows(region: str, ids: Sequence[str]) -> Select[Any]:
    row = _table("instance").c
    columns = (row.id, *(row[name] for name in _VERSION), row.vanished_after, row.vanished_before)
    return select(*columns).where(row.region == region, row.id.in_(ids))


def _versions(region: str, ids: Sequence[str]) -> Select[Any]:
    earlier = _table("instance_history").c
    columns = (earlier.id, *(earlier[name] for name in _VERSION))
    return select(*columns).where(earlier.region == region, earlier.id.in_(ids))


def _actions(region: str, ids: Sequence[str]) -> Select[Any]:
    a = _table("instance_action").c
    failed = func.coalesce(a.message, "") != ""
    columns = (a.instance_id, a.action, a.started, a.finished, failed, a.request_id, a.updated)
    return select(*columns).where(a.region == region, a.instance_id.in_(ids), a.action.in_(sorted(RELEVANT_ACTIONS)))


def _migrations(region: str, ids: Sequence[str]) -> Select[Any]:
    m = _table("migration").c
    columns = (m.id, m.uuid, m.type, m.status, m.old_flavour, m.new_flavour, m.source_host, m.dest_host)
    return select(m.instance_id, *columns, m.created, m.updated).where(m.region == region, m.instance_id.in_(ids))


def _flavours(region: str) -> Select[Any]:
    f = _table("flavour").c
    return select(f.id, f.uuid, f.name, f.vcpus, f.memory, f.root, f.ephemeral).where(f.region == region)


def _known_flavours(context: Facts) -> dict[int | None, Flavour]:
    return {row[0]: Flavour(*row) for row in context["flavours"]}


def _periods(facts: Facts, flavours: dict[int | None, Flavour]) -> Sequence[Period[Row]]:
    rows, events = facts.get("rows", ()), facts.get("events", ())
    if not rows and not events:  # an action or a migration of an instance that was never read
        return ()
    told = sorted((as_told(EVENT, event) for event in events), key=_in_time)
    versions = (*map(_told_version, told), *map(_version, (*facts.get("versions", ()), *rows)))
    actions = tuple(
        Action(action, started, finished, bool(failed), *others)
        for _id, action, started, finished, failed, *others in facts.get("actions", ())
    )
    migrations = tuple(Migration(*row[1:]) for row in facts.get("migrations", ()))
    numbers = {number for each in migrations for number in (each.old_flavour, each.new_flavour)}
    named = {number: flavours[number] for number in numbers if number in flavours}
    named |= _flavours_told({each["flavour_uuid"] for each in told}, flavours) if told else {}
    found = instance_periods(InstanceFacts(versions, actions, migrations, named))
    user = next((version.created_by for version in reversed(versions) if version.created_by is not None), None)
    return [Period(each.start, each.end, _values(each.values, user), each.began, each.finished) for each in found]


def _in_time(told: Mapping[str, Any]) -> tuple[Any, str]:
    return told["happened"], repr(told)


def _version(row: Row) -> InstanceVersion:
    begin, end = _SIZE_AT
    values: Row = (*row[1:begin], Flavour(*row[begin:end]), *row[end:])
    return InstanceVersion(*values)


def _flavours_told(told: Collection[str | None], flavours: Mapping[int | None, Flavour]) -> dict[int | None, Flavour]:
    return {number: flavour for number, flavour in flavours.items() if flavour.uuid in told}


def _told_version(told: Mapping[str, Any]) -> InstanceVersion:
    """What a notification told; a size without its number is told all the same."""
    names = [name for name in _VERSION if name in told and name not in _SIZE]
    untold = {name for name in names if told[name] is None}
    untold |= {"flavour"} if told["vcpus"] is None or told["memory"] is None else set()
    telling = telling_of(told, frozenset(untold))
    if not telling.exact.isdisjoint(_SIZE):
        telling = telling._replace(exact=telling.exact | {"flavour"})
    values = {name: None if told[name] == "" else told[name] for name in names}
    if ends(told):
        values["deleted"] = end_of(told)
    flavour = Flavour(*(told[name] for name in _SIZE))
    return InstanceVersion(
        known_from=time_of(told), flavour=flavour, active=not ends(told), updated=None, telling=telling, **values
    )


def _values(values: InstanceValues, user: str | None) -> Row:
    place = (values.host, values.availability_zone)
    return (values.project_id, user, values.state, values.in_use, *values.flavour, *place)


def _shown(flavours: Mapping[int | None, Flavour], declared: Declared, row: Row | None) -> Row:
    """The values of a declared period; what was not declared is as the sources tell, if they do."""
    project, name = declared.values
    _, user, state, in_use, *size, host, zone = row or (None, None, "active", True, *_UNKNOWN, None, None)
    flavour = Flavour(*size)
    if name is not None and name != flavour.name:
        known = [each for each in flavours.values() if each.name == name]
        flavour = known[0] if len(known) == 1 else _UNKNOWN._replace(name=name)
    return (project, user, state, in_use, *flavour, host, zone)


def _usage() -> Select[Any]:
    p = InstancePeriod
    columns: tuple[Any, ...] = (
        p.project_id,
        func.coalesce(p.flavour_name, "").label("type"),
        func.coalesce(p.availability_zone, "").label("zone"),
        p.state,
        p.valid_from,
        p.valid_to,
        literal(1).label("seconds"),
        func.coalesce(p.vcpus, 0).label("vcpu_seconds"),
        func.coalesce(p.memory, 0).label("memory_mb_seconds"),
        func.coalesce(p.root, 0).label("root_gb_seconds"),
        func.coalesce(p.ephemeral, 0).label("ephemeral_gb_seconds"),
    )
    return select(*columns)


TIMELINE = Timeline(
    table=InstancePeriod,
    resource="instance",
    feeds={"instance": "id", "instance_action": "instance_id", "migration": "instance_id"},
    facts={
        "rows": _rows,
        "versions": _versions,
        "actions": _actions,
        "migrations": _migrations,
        "events": partial(told_rows, EVENT),
        FACT: partial(declared_rows, "instance", ("project_id", "flavor")),
    },
    context={"flavours": _flavours},
    prepare=_known_flavours,
    derive=declared_first(_periods, itemgetter(0, _COLUMNS.index("flavour_name")), _shown),
    columns=_COLUMNS,
    stock={"vcpus": ("vcpus",), "memory": ("memory",), "local_storage": ("root", "ephemeral")},
    usage=Usage(_usage, ("seconds", "vcpu_seconds", "memory_mb_seconds", "root_gb_seconds", "ephemeral_gb_seconds")),
    also=(InstanceEvent, AlmanachEntity),
)
