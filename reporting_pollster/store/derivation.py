"""How far things are derived, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, or_, select, true, update

from reporting_pollster.derived.base import Timeline
from reporting_pollster.derived.usage_day import UsageDay
from reporting_pollster.domain.usage_days import EARLIEST
from reporting_pollster.store.engine import utc_now
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.tables import Derivation, PeriodDue, SyncState, UsageDue

_DERIVATION: Table = Derivation.__table__  # type: ignore[assignment]
_KEYS = 500


class Standing(NamedTuple):
    """One row of `derivation`; all empty when nothing was derived yet."""

    built: bool = False
    position: str | None = None
    known_at: datetime | None = None
    used_to: date | None = None


class Days(NamedTuple):
    """Days of a project, both included."""

    project_id: str
    first: date
    last: date


def standing(connection: Connection, timeline: Timeline, region: str) -> Standing:
    """How far a kind of resource is derived."""
    columns = (_DERIVATION.c.built, _DERIVATION.c.position, _DERIVATION.c.known_at, _DERIVATION.c.used_to)
    row = connection.execute(select(*columns).where(*_identity(timeline, region))).first()
    return Standing() if row is None else Standing(*row)


def save_standing(connection: Connection, timeline: Timeline, region: str, **values: Any) -> None:
    """Change some of it."""
    known = connection.execute(select(_DERIVATION.c.built).where(*_identity(timeline, region))).first()
    if known is None:
        fresh = {"resource": timeline.resource, "region": region, "built": False, **values}
        connection.execute(insert(_DERIVATION).values(**fresh))
    else:
        connection.execute(update(_DERIVATION).where(*_identity(timeline, region)).values(**values))


def instant_of_knowledge(connection: Connection, timeline: Timeline, region: str, given: datetime | None) -> datetime:
    """Now, for what becomes known; not before an instant that was given in this run, and later than any before it.

    So no two runs share an instant, and knowledge of an earlier one stays as it was.
    """
    now = utc_now(connection)
    if given is not None:
        return max(now, given)
    last = standing(connection, timeline, region).known_at
    return now if last is None else max(now, last + timedelta(seconds=1))


class Due(NamedTuple):
    """Resources whose facts changed, and the notes that say so."""

    ids: list[str]
    notes: list[int]


def due(connection: Connection, timeline: Timeline, region: str, limit: int) -> Due:
    """Some of what is due; its facts are to be read afterwards, in a transaction that begins later."""
    c = PeriodDue
    mine = (c.resource == timeline.resource, c.region == region)
    found = connection.execute(select(c.id, c.due_id).where(*mine).order_by(c.id, c.due_id).limit(limit)).all()
    return Due(list(dict.fromkeys(row.id for row in found)), [row.due_id for row in found])


def due_resources(connection: Connection, region: str) -> set[str]:
    """The kinds of resources of which any is due."""
    return set(connection.scalars(select(PeriodDue.resource).where(PeriodDue.region == region).distinct()))


def forget_due(connection: Connection, notes: Sequence[int]) -> None:
    """Take away notes whose facts were read."""
    for begin in range(0, len(notes), _KEYS):
        connection.execute(delete(PeriodDue).where(PeriodDue.due_id.in_(notes[begin : begin + _KEYS])))


def note_days(connection: Connection, timeline: Timeline, region: str, days: Iterable[Days]) -> None:
    """Add days to those that are due; of a project, all from the first to the last."""
    mine = (UsageDue.resource == timeline.resource, UsageDue.region == region)
    for project_id, first, last in sorted(days):
        this = (*mine, UsageDue.project_id == project_id)
        known = connection.execute(select(UsageDue.first_day, UsageDue.last_day).where(*this)).first()
        if known is None:
            values = {"resource": timeline.resource, "region": region, "project_id": project_id}
            connection.execute(insert(UsageDue).values(**values, first_day=first, last_day=last))
        else:
            span = {"first_day": min(first, known[0]), "last_day": max(last, known[1])}
            connection.execute(update(UsageDue).where(*this).values(**span))


def note_days_of_all(connection: Connection, timeline: Timeline, region: str, first: date, last: date) -> None:
    """Add these days, as far as they are added up already, to those that are due, of all projects that may use any."""
    used_to = standing(connection, timeline, region).used_to
    last = min(last, used_to or last)
    if used_to is None or last < first:
        return
    p, u = timeline.target.c, UsageDay
    begin = datetime(first.year, first.month, first.day)
    end = datetime(last.year, last.month, last.day) + timedelta(days=1)
    lived = (p.valid_from < end, or_(p.valid_to.is_(None), p.valid_to > begin))
    told = (u.region == region, u.kind == timeline.resource, u.day >= first, u.day <= last)
    projects = {
        *connection.scalars(select(p.project_id).where(p.region == region, p.known_to.is_(None), *lived).distinct()),
        *connection.scalars(select(u.project_id).where(*told).distinct()),
    }
    note_days(connection, timeline, region, {Days(project or "", first, last) for project in projects})


def due_days(connection: Connection, timeline: Timeline, region: str) -> list[Days]:
    """Days whose use is to be added up anew, by project."""
    mine = (UsageDue.resource == timeline.resource, UsageDue.region == region)
    query = select(UsageDue.project_id, UsageDue.first_day, UsageDue.last_day).where(*mine)
    return [Days(*row) for row in connection.execute(query.order_by(UsageDue.project_id))]


def forget_days(connection: Connection, timeline: Timeline, region: str, project_id: str) -> None:
    """The days of a project are added up."""
    mine = (UsageDue.resource == timeline.resource, UsageDue.region == region)
    connection.execute(delete(UsageDue).where(*mine, UsageDue.project_id == project_id))


def complete_to(
    connection: Connection, timeline: Timeline, region: str, sources: Callable[[str], Iterable[Scope]]
) -> datetime | None:
    """Until when all facts are known: the earliest of the last successful reads; None before all were loaded.

    Where nothing is read, and all is told by notifications, that is now.
    """
    state, earliest = SyncState, datetime.max  # noqa: DTZ901 (only compared)
    for table in timeline.feeds:
        query = select(state.source, state.seen_at).where(state.region == region, state.table_name == table)
        seen = dict(connection.execute(query.where(state.loaded == true())).all())
        for scope in sources(table):
            at = seen.get(scope.source)
            if at is None:
                return None
            earliest = min(earliest, at)
    return earliest if earliest < datetime.max else utc_now(connection)  # noqa: DTZ901


def first_day(connection: Connection, timeline: Timeline, region: str) -> date | None:
    """Date of the earliest start that is believed, but not before OpenStack was; None without any period."""
    table = timeline.target.c
    at = connection.scalar(select(func.min(table.valid_from)).where(table.known_to.is_(None), table.region == region))
    return max(at.date(), EARLIEST) if at is not None else None


def _identity(timeline: Timeline, region: str) -> tuple[Any, ...]:
    return (_DERIVATION.c.resource == timeline.resource, _DERIVATION.c.region == region)
