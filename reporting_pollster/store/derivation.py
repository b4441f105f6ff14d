"""How far things are derived, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select, true, update

from reporting_pollster.derived.base import Timeline
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


def due_ids(connection: Connection, timeline: Timeline, region: str, limit: int) -> list[str]:
    """Some resources whose facts changed."""
    due = PeriodDue
    query = select(due.id).where(due.resource == timeline.resource, due.region == region).order_by(due.id).limit(limit)
    return list(connection.scalars(query))


def forget_due(connection: Connection, timeline: Timeline, region: str, ids: Sequence[str]) -> None:
    for begin in range(0, len(ids), _KEYS):
        some = PeriodDue.id.in_(ids[begin : begin + _KEYS])
        mine = (PeriodDue.resource == timeline.resource, PeriodDue.region == region)
        connection.execute(delete(PeriodDue).where(*mine, some))


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


def due_days(connection: Connection, timeline: Timeline, region: str) -> list[Days]:
    """Days whose use is to be added up anew, by project."""
    mine = (UsageDue.resource == timeline.resource, UsageDue.region == region)
    query = select(UsageDue.project_id, UsageDue.first_day, UsageDue.last_day).where(*mine)
    return [Days(*row) for row in connection.execute(query.order_by(UsageDue.project_id))]


def forget_days(connection: Connection, timeline: Timeline, region: str, project_id: str | None = None) -> None:
    """These days are added up; all of them without a project."""
    mine = [UsageDue.resource == timeline.resource, UsageDue.region == region]
    if project_id is not None:
        mine.append(UsageDue.project_id == project_id)
    connection.execute(delete(UsageDue).where(*mine))


def complete_to(
    connection: Connection, timeline: Timeline, region: str, sources: Callable[[str], Iterable[Scope]]
) -> datetime | None:
    """Until when all facts are known: the earliest of the last successful reads; None before all were loaded."""
    state, earliest = SyncState, datetime.max  # noqa: DTZ901 (only compared)
    for table in timeline.feeds:
        query = select(state.source, state.seen_at).where(state.region == region, state.table_name == table)
        seen = dict(connection.execute(query.where(state.loaded == true())).all())
        for scope in sources(table):
            at = seen.get(scope.source)
            if at is None:
                return None
            earliest = min(earliest, at)
    return earliest


def first_day(connection: Connection, timeline: Timeline, region: str) -> date | None:
    """Date of the earliest start that is believed, but not before OpenStack was; None without any period."""
    table = timeline.target.c
    at = connection.scalar(select(func.min(table.valid_from)).where(table.known_to.is_(None), table.region == region))
    return max(at.date(), EARLIEST) if at is not None else None


def _identity(timeline: Timeline, region: str) -> tuple[Any, ...]:
    return (_DERIVATION.c.resource == timeline.resource, _DERIVATION.c.region == region)
