"""What we know of Concertim between two cycles: what it acknowledged, what was missed, how the last cycle went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, and_, delete, insert, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from reporting_pollster.entities.base import Reporting, document, ident

Objects = Mapping[tuple[str, str], str]  # Concertim's id of each (kind of object, OpenStack id)
_BATCH = 500


class ConcertimObject(Reporting):
    """Objects of Concertim that are of OpenStack, as Concertim acknowledged or showed them last"""

    __tablename__ = "concertim_object"

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    object: Mapped[str] = mapped_column(ident(16), primary_key=True, comment="template, rack or device")
    key: Mapped[str] = mapped_column(ident(255), primary_key=True, comment="OpenStack id; of a further rack with -N")
    concertim_id: Mapped[str] = mapped_column(ident(64), comment="Concertim's id")
    acknowledged: Mapped[datetime] = mapped_column(comment="Start of the cycle that first saw it there, UTC")


class ConcertimCycle(Reporting):
    """The last comparison with Concertim, one row per region"""

    __tablename__ = "concertim_cycle"

    region: Mapped[str] = mapped_column(ident(64), primary_key=True, comment="Region")
    tried: Mapped[datetime] = mapped_column(comment="Start of the last cycle, UTC")
    succeeded: Mapped[datetime | None] = mapped_column(comment="Start of the last cycle in which all was done, UTC")
    problem: Mapped[str | None] = mapped_column(Text, comment="Why the last cycle did not do all")
    backlog: Mapped[int] = mapped_column(comment="Changes that are still to be made")
    missed: Mapped[str] = mapped_column(document(), comment="JSON list: objects that were missed in OpenStack once")
    counts: Mapped[str] = mapped_column(document(), comment="JSON: what there is on both sides, by kind")
    unmapped: Mapped[str] = mapped_column(document(), comment="JSON list: projects that no team of Concertim has")


class Cycle(NamedTuple):
    """How a cycle went."""

    tried: datetime
    succeeded: datetime | None
    problem: str | None
    backlog: int
    missed: frozenset[str]
    counts: Mapping[str, Mapping[str, int]]
    unmapped: tuple[str, ...]


def last_cycle(connection: Connection, region: str) -> Cycle | None:
    """How the last one went; None before the first."""
    row = connection.execute(select(ConcertimCycle).where(ConcertimCycle.region == region)).mappings().first()
    if row is None:
        return None
    plain = {name: row[name] for name in ("tried", "succeeded", "problem", "backlog")}
    told = (frozenset(json.loads(row["missed"])), json.loads(row["counts"]), tuple(json.loads(row["unmapped"])))
    return Cycle(**plain, missed=told[0], counts=told[1], unmapped=told[2])


def note_cycle(connection: Connection, region: str, cycle: Cycle) -> None:
    """Keep how one went."""
    values: dict[str, Any] = cycle._asdict()
    values |= {"missed": json.dumps(sorted(cycle.missed)), "unmapped": json.dumps(cycle.unmapped)}
    values["counts"] = json.dumps(cycle.counts, sort_keys=True)
    connection.execute(delete(ConcertimCycle).where(ConcertimCycle.region == region))
    connection.execute(insert(ConcertimCycle).values(region=region, **values))


def acknowledged(connection: Connection, region: str) -> dict[tuple[str, str], str]:
    """What Concertim is known to have."""
    o = ConcertimObject
    found = connection.execute(select(o.object, o.key, o.concertim_id).where(o.region == region))
    return {(kind, key): ident for kind, key, ident in found}


def settle(connection: Connection, region: str, objects: Objects, now: datetime) -> int:
    """Make these all that Concertim is known to have; returns how many rows that changed."""
    before = acknowledged(connection, region)
    gone = [pair for pair, known in before.items() if objects.get(pair) != known]
    new = [pair for pair, ident_ in objects.items() if before.get(pair) != ident_]
    for batch in _batches(gone):
        matches = (and_(ConcertimObject.object == kind, ConcertimObject.key == key) for kind, key in batch)
        connection.execute(delete(ConcertimObject).where(ConcertimObject.region == region, or_(*matches)))
    for batch in _batches(new):
        rows = [
            {"region": region, "object": kind, "key": key, "concertim_id": objects[kind, key], "acknowledged": now}
            for kind, key in batch
        ]
        connection.execute(insert(ConcertimObject), rows)
    return len(gone) + len(new)


def _batches(pairs: list[tuple[str, str]]) -> Iterable[list[tuple[str, str]]]:
    return (pairs[start : start + _BATCH] for start in range(0, len(pairs), _BATCH))
