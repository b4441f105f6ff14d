"""Availability zones, which are nobody's rows: nova knows them as metadata of aggregates.

Traps: a host in no aggregate with that metadata belongs to the default zone, which is a setting of nova and in no
database (it is one of ours as well). Nova lets no host into two zones, but its database would.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Entity, Inputs, Reporting, Row, Tracked, Whole, ident
from reporting_pollster.entities.source import SourceQuery, SourceTables

ZONE_KEY = "availability_zone"


class AvailabilityZone(Tracked, Reporting):
    """Availability zones of nova"""

    __tablename__ = "availability_zone"

    name: Mapped[str] = mapped_column(ident(255), primary_key=True, comment="Name")
    hosts: Mapped[int] = mapped_column(comment="Compute hosts in it")
    is_default: Mapped[bool] = mapped_column(comment="Takes the hosts that are in no other zone")


def host_zones(tables: SourceTables) -> Select[Any]:
    """The zone of every host that has one; of several the first by name."""
    hosts, meta = tables["aggregate_hosts"], tables["aggregate_metadata"]
    return (
        select(hosts.host, func.min(meta.value).label("zone"))
        .select_from(hosts.clause.join(meta.clause, meta.aggregate_id == hosts.aggregate_id))
        .where(meta.key == ZONE_KEY)
        .group_by(hosts.host)
    )


def _zones(tables: SourceTables) -> Select[Any]:
    meta = tables["aggregate_metadata"]
    return select(meta.value.label("name")).where(meta.key == ZONE_KEY).distinct()


def _hosts(tables: SourceTables) -> Select[Any]:
    mapped = tables["host_mappings"]
    return select(mapped.host)


def _counted(inputs: Inputs) -> Iterator[Row]:
    default = inputs.settings.default_availability_zone
    zone_of = {row.host: row.zone or default for row in inputs["host_zones"]}
    count = dict.fromkeys((row.name for row in inputs["zones"] if row.name), 0)
    for host in sorted({row.host for row in inputs["hosts"]} | set(zone_of), key=str):
        zone = zone_of.get(host, default)
        count[zone] = count.get(zone, 0) + 1
    for name, hosts in count.items():
        yield name, hosts, int(name == default), 1


ENTITY = Entity(
    table=AvailabilityZone,
    source=Whole(
        inputs={
            "zones": SourceQuery("nova_api", _zones),
            "host_zones": SourceQuery("nova_api", host_zones),
            "hosts": SourceQuery("nova_api", _hosts),
        },
        rows=_counted,
        columns=("name", "hosts", "is_default", "active"),
    ),
    history=("hosts", "is_default", "active"),
)
