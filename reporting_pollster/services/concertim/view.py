"""The cloud as the reporting database knows it, for Concertim: what lives, and what of Concertim's has ended.

The rows of ended resources are many more than those that live, and nobody needs them all. So it is asked only after
what Concertim still shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, or_, select, true

from reporting_pollster.domain.concertim import wanted
from reporting_pollster.domain.concertim.present import Present
from reporting_pollster.domain.concertim.wanted import Cloud
from reporting_pollster.entities.flavour import Flavour
from reporting_pollster.entities.floating_ip import FloatingIP
from reporting_pollster.entities.instance import Instance
from reporting_pollster.entities.network import Network
from reporting_pollster.entities.project import Project
from reporting_pollster.entities.stack import Stack
from reporting_pollster.entities.user import User
from reporting_pollster.entities.volume import Volume
from reporting_pollster.entities.volume_type import VolumeType
from reporting_pollster.store.tables import SyncState

_TABLES: Mapping[str, Any] = {
    "Flavour": Flavour,
    "Stack": Stack,
    "Instance": Instance,
    "Volume": Volume,
    "Network": Network,
}
_BATCH = 500
Query = Any  # a SELECT, whose type says each column in one release of SQLAlchemy and none in another


def cloud(connection: Connection, region: str, present: Present) -> Cloud:
    """What there is in a region."""

    def rows(query: Query, table: Any) -> Iterator[Any]:
        return iter(connection.execute(query.where(table.region == region, table.active == true())))

    found = Cloud(
        projects=tuple(wanted.Project(*row) for row in rows(select(Project.id, Project.display_name), Project)),
        users=tuple(wanted.User(*row) for row in rows(select(User.id, User.name), User)),
        flavours=tuple(_flavours(connection, region)),
        stacks=tuple(
            wanted.Stack(*row)
            for row in rows(select(Stack.id, Stack.project_id, Stack.name, Stack.action, Stack.status), Stack)
        ),
        instances=tuple(wanted.Instance(*row) for row in rows(_instances(), Instance)),
        volumes=tuple(wanted.Volume(*row) for row in rows(_volumes(), Volume)),
        networks=tuple(wanted.Network(*row) for row in rows(_networks(), Network)),
        addresses=tuple(wanted.Address(*row) for row in rows(_addresses(), FloatingIP)),
        complete=frozenset(_complete(connection, region)),
    )
    return found._replace(ended=_ended(connection, region, present, found))


def _instances() -> Query:
    i = Instance
    return select(i.id, i.project_id, i.name, i.vm_state, i.task_state, i.flavour_uuid, i.key_name)


def _volumes() -> Query:
    v, kind = Volume, VolumeType
    columns = (v.id, v.project_id, v.display_name, v.status, v.size, kind.name, v.availability_zone, v.instance_uuid)
    joined = v.__table__.outerjoin(kind.__table__, (kind.id == v.volume_type) & (kind.region == v.region))
    return select(*columns).select_from(joined).where(or_(v.temporary.is_(None), v.temporary != true()))


def _networks() -> Query:
    n = Network
    return select(n.id, n.project_id, n.name, n.status, n.admin_state_up, n.shared, n.mtu)


def _addresses() -> Query:
    f = FloatingIP
    return select(f.instance_id, f.address, f.fixed_ip).where(f.instance_id.is_not(None))


def _flavours(connection: Connection, region: str) -> Iterable[wanted.Flavour]:
    """Those that are offered, and dropped ones that instances still have; of two with one id the newer."""
    f = Flavour
    used = select(Instance.flavour_uuid).where(Instance.region == region, Instance.active == true())
    query: Query = (
        select(f.uuid, f.name, f.vcpus, f.memory, f.root, f.description)
        .where(f.region == region, f.uuid.is_not(None), or_(f.active == true(), f.uuid.in_(used)))
        .order_by(f.active, f.id)
    )
    return {row.uuid: wanted.Flavour(*row) for row in connection.execute(query)}.values()


def _complete(connection: Connection, region: str) -> Iterable[str]:
    """The kinds all of whose sources were read to their end, the last time with success."""
    s = SyncState
    names = {table.__tablename__: kind for kind, table in _TABLES.items()}
    query = select(s.table_name, s.loaded, s.problem).where(s.region == region, s.table_name.in_(names))
    good: dict[str, bool] = {}
    for table, loaded, problem in connection.execute(query):
        good[names[table]] = good.get(names[table], True) and loaded and problem is None
    return (kind for kind, is_good in good.items() if is_good)


def _ended(connection: Connection, region: str, present: Present, found: Cloud) -> dict[str, frozenset[str]]:
    shown: dict[str, set[str]] = {kind: set() for kind in _TABLES}
    for device in present.devices:
        shown[device.kind].add(device.key or "")
    shown["Stack"] = {rack.key or "" for rack in present.racks}
    shown["Flavour"] = {template.foreign_id or "" for template in present.templates}
    living = {
        "Flavour": {one.uuid for one in found.flavours},
        "Stack": {one.id for one in found.stacks},
        "Instance": {one.id for one in found.instances},
        "Volume": {one.id for one in found.volumes},
        "Network": {one.id for one in found.networks},
    }
    return {
        kind: frozenset(_known(connection, region, table, shown[kind] - living[kind] - {""}))
        for kind, table in _TABLES.items()
    }


def _known(connection: Connection, region: str, table: Any, keys: Collection[str]) -> Iterator[str]:
    """Which of these there once were."""
    column = table.uuid if table is Flavour else table.id
    asked = sorted(keys)
    for start in range(0, len(asked), _BATCH):
        query = select(column).where(
            table.region == region, column.in_(asked[start : start + _BATCH]), table.active != true()
        )
        yield from connection.execute(query).scalars()
