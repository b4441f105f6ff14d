"""How many entries there are, for `info`, which anybody may ask without a token.

Counting looks at every period. So a count is kept until something that is counted changes, and one that took long is
not made again before ten times as long has passed.
"""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, and_, case, func, literal, or_, select

from reporting_pollster.derived.volume_period import VolumePeriod
from reporting_pollster.events.almanach import AlmanachEntity, AlmanachEntry
from reporting_pollster.services.almanach.entries import KINDS, PERIOD
from reporting_pollster.store.engine import reading
from reporting_pollster.store.tables import Derivation

_CHEAP = 1  # second
_PATIENCE = 10


class Count(NamedTuple):
    """Entries in all, and those that go on."""

    all: int
    active: int


class EntryCount:
    """Counts the entries of a region."""

    def __init__(self, engine: Engine, region: str) -> None:
        self._engine, self._region = engine, region
        self._lock = threading.Lock()
        self._stamp: Any = None
        self._count = Count(0, 0)
        self._not_before = 0.0

    def count(self) -> Count:
        """The number of entries, as of a moment ago; of a while ago when somebody else is counting just now."""
        if not self._lock.acquire(blocking=self._stamp is None):
            return self._count
        try:
            with reading(self._engine) as connection:
                self._renew(connection)
            return self._count
        finally:
            self._lock.release()

    def _renew(self, connection: Connection) -> None:
        stamp, began = self._of_now(connection), time.monotonic()
        if stamp != self._stamp and began >= self._not_before:
            self._count, self._stamp = counted(connection, self._region), stamp
            ended = time.monotonic()
            self._not_before = ended + _PATIENCE * (ended - began) if ended - began > _CHEAP else ended

    def _of_now(self, connection: Connection) -> Any:
        known = select(func.max(Derivation.known_at)).where(Derivation.region == self._region)
        writes = select(func.sum(AlmanachEntity.writes)).where(AlmanachEntity.region == self._region)
        return connection.execute(known).scalar(), connection.execute(writes).scalar()


def counted(connection: Connection, region: str) -> Count:
    """Entries that clients told of, and those that follow from the periods of all other resources.

    What splits entries beside periods' own columns (the instances of a volume, the properties of an image) is not
    looked at.
    """
    e = AlmanachEntry
    told = select(func.count(), func.count(e.open_id)).where(e.region == region)
    counts = [connection.execute(told).one()] + [_of_periods(connection, region, kind) for kind in KINDS]
    return Count(*(int(sum(numbers)) for numbers in zip(*counts, strict=True)))


def _of_periods(connection: Connection, region: str, kind: Any) -> Any:
    p: Any = PERIOD[kind]
    properties = (p.size, p.volume_type, p.attached) if p is VolumePeriod else (p.flavour_name,)
    told = select(AlmanachEntity.id).where(AlmanachEntity.region == region)
    of_one: dict[str, Any] = {"partition_by": p.id, "order_by": p.valid_from}
    before = [
        func.lag(column).over(**of_one).label(f"before{n}") for n, column in enumerate((p.project_id, *properties))
    ]
    until = func.lag(p.valid_to).over(**of_one).label("until")
    columns = [column.label(f"now{n}") for n, column in enumerate((p.project_id, *properties))]
    mine = (p.region == region, p.known_to.is_(None), p.id.not_in(told))
    used = func.max(case((p.in_use, 1), else_=0)).over(partition_by=p.id).label("used")
    rows = select(p.valid_from, p.valid_to, used, until, *before, *columns).where(*mine).subquery()
    same = [
        or_(now == was, and_(now.is_(None), was.is_(None)))
        for now, was in ((rows.c[f"now{n}"], rows.c[f"before{n}"]) for n in range(len(columns)))
    ]
    goes_on = and_(rows.c.until == rows.c.valid_from, *same)
    begins = case((goes_on, 0), else_=1)
    ends = case((rows.c.valid_to.is_(None), 1), else_=0)
    query = select(func.coalesce(func.sum(begins), literal(0)), func.coalesce(func.sum(ends), literal(0)))
    return connection.execute(query.select_from(rows).where(rows.c.used == 1)).one()
