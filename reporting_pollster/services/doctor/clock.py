"""Clocks: those of the servers and ours, and what the rows say.

A cycle starts to read an overlap before the last one's end, by the source's clock. That covers late commits and
controllers whose clocks differ a little; what is further off is lost between two cycles until the walk comes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from reporting_pollster.domain.release import Names
from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Paged, Since
from reporting_pollster.errors import PollsterError
from reporting_pollster.services.doctor.finding import Finding, ok, warning
from reporting_pollster.services.doctor.subject import Source
from reporting_pollster.services.needs import lack
from reporting_pollster.services.sync.page import Pages
from reporting_pollster.sources.database import Session

_WRITING_NOW = (
    "SELECT TIMESTAMPDIFF(SECOND, MIN(trx_started), NOW()) AS seconds FROM information_schema.innodb_trx"
    " WHERE trx_rows_modified > 0"
)
_NTP = "let all of them follow NTP"


def examine_clock(source: Source, session: Session, columns: Names) -> Iterator[Finding]:
    """The source's clock against this host's, its newest rows against its clock, and its longest transaction."""
    now = session.now()
    if not source.database.is_sqlite:
        yield difference(source.subject, seconds_ahead(now), source.overlap)
    yield from _future(source, session, columns, now)
    yield from _longest(source, session)


def seconds_ahead(theirs: datetime) -> int:
    """How far a clock that was just asked is ahead of ours; it tells whole seconds only."""
    return round((theirs - datetime.now(UTC).replace(tzinfo=None)).total_seconds() + 0.5)


def difference(subject: str, seconds: int, overlap: int) -> Finding:
    """What a clock means that is so far ahead of this host's."""
    if abs(seconds) <= max(1, overlap // 2):
        return ok(subject, "clock", f"within {max(1, abs(seconds))} s of this host's")
    where = "ahead of" if seconds > 0 else "behind"
    text = f"{abs(seconds)} s {where} this host's, more than half the overlap of {overlap} s"
    return warning(subject, "clock", text, _NTP)


def _future(source: Source, session: Session, columns: Names, now: datetime) -> Iterator[Finding]:
    ahead = {
        place: seconds for place, seconds in _newest(source, session, columns, now).items() if seconds > source.overlap
    }
    for place, seconds in ahead.items():
        text = f"{place} reaches {seconds} s into the future"
        yield warning(
            source.subject, "clock", text, "check the clock of the controllers; such rows are read again and again"
        )


def _newest(source: Source, session: Session, columns: Names, now: datetime) -> Mapping[str, int]:
    """How far each indexed time of large tables is ahead of the source's own clock."""
    found = dict[str, int]()
    for entity in catalogue().values():
        paged = entity.source
        if not isinstance(paged, Paged) or paged.database != source.kind or lack(entity, source.kind, columns).needed:
            continue
        pages = Pages(paged, session, source.database.tables)
        for cursor in paged.cursors:
            if isinstance(cursor, Since):
                newest = _moment(pages.highest(cursor))
                if newest is not None:
                    found[f"{paged.table}.{cursor.column}"] = round((newest - now).total_seconds())
    return found


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:  # a zero date, or nothing
        return None


def _longest(source: Source, session: Session) -> Iterator[Finding]:
    if source.database.is_sqlite:
        return
    try:
        seconds = session.ask(_WRITING_NOW)[0]["seconds"]
    except PollsterError:  # without PROCESS nobody may know
        return
    if seconds is not None and int(seconds) > source.overlap:
        text = f"a transaction has been writing for {seconds} s, longer than the overlap of {source.overlap} s"
        yield warning(source.subject, "transactions", text, "raise [sync] overlap_seconds if that is usual")
