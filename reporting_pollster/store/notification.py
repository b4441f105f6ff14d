"""The inbox of notifications: each is stored once, and what it tells is kept in the same transaction.

A message may come again at any time: after a reconnection, on another topic, to another collector at this very moment.
Its id is the primary key, so the last of these is an error of the whole transaction, which is then done again with what
is known by now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reporting_pollster.domain.notification.message import Hint, Told
from reporting_pollster.store import events
from reporting_pollster.store.engine import utc_now, with_retries, writing
from reporting_pollster.store.hint import note_hints
from reporting_pollster.store.tables import StoredNotification

APPLIED, IGNORED, UNKNOWN, PARKED = "applied", "ignored", "unknown", "parked"
VERDICTS = (APPLIED, IGNORED, UNKNOWN, PARKED)

_REPLAYED = ("verdict", "reason", "event_type", "publisher", "priority", "sent", "body")
_ATTEMPTS = 3  # with what is known by then: a repeat of ours, and a collector beside us
_KEYS = 500
_FORGET_ROWS = 1000  # in one transaction, since others wait for it


class Entry(NamedTuple):
    """A message as it goes into the inbox, with what it tells; `body` is kept if there is one."""

    message_id: str
    verdict: str
    event_type: str = ""
    publisher: str = ""
    priority: str = ""
    sent: datetime | None = None
    reason: str | None = None
    body: str | None = None
    told: tuple[Told, ...] = ()
    hints: tuple[Hint, ...] = ()


def store(engine: Engine, region: str, entries: Sequence[Entry]) -> list[Entry]:
    """Store those that are new, with what they tell, in one transaction; returns them."""
    unique = {entry.message_id: entry for entry in reversed(entries)}  # of repeats the first

    def work(connection: Connection) -> list[Entry]:
        known = _known(connection, unique)
        # In the order of their keys: collectors that store the same ones wait for each other instead of interlocking.
        fresh = [unique[name] for name in sorted(unique.keys() - known)]
        if fresh:
            now = utc_now(connection)
            connection.execute(insert(StoredNotification), [_row(entry, region, now) for entry in fresh])
            _apply(connection, region, now, fresh)
        return fresh

    return _again_if_known(engine, work)


def replay(engine: Engine, region: str, entries: Sequence[Entry]) -> None:
    """Apply stored messages by what they mean now, in one transaction."""

    def work(connection: Connection) -> None:
        now = utc_now(connection)
        for entry in sorted(entries, key=lambda entry: entry.message_id):
            changes = {name: value for name, value in _row(entry, region, now).items() if name in _REPLAYED}
            mine = (StoredNotification.message_id == entry.message_id, StoredNotification.region == region)
            connection.execute(update(StoredNotification).where(*mine).values(changes))
        _apply(connection, region, now, entries)

    with_retries(engine, work)


def unresolved(connection: Connection, region: str, after: str, limit: int) -> list[RowMapping]:
    """Messages with a body that were not understood, in the order of their ids, from the one after `after`."""
    query = (
        select(StoredNotification.__table__)
        .where(
            StoredNotification.region == region,
            StoredNotification.verdict.in_((PARKED, UNKNOWN)),
            StoredNotification.body.is_not(None),
            StoredNotification.message_id > after,
        )
        .order_by(StoredNotification.message_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def list_parked(connection: Connection, region: str, limit: int) -> list[RowMapping]:
    """Messages that were put aside, the last ones first."""
    query = (
        select(StoredNotification.__table__)
        .where(StoredNotification.region == region, StoredNotification.verdict == PARKED)
        .order_by(StoredNotification.received.desc(), StoredNotification.message_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def forget(engine: Engine, region: str, keep_days: int, most: int = 20) -> int:
    """Delete messages that were stored longer ago, but none that is parked; at most so many batches. Returns how many.

    Without their bodies they are kept for a day at least, because they may come again.
    """
    forgotten = 0
    for _ in range(most):
        with writing(engine) as connection:
            ids = _old(connection, region, utc_now(connection) - timedelta(days=max(keep_days, 1)))
            if ids:
                connection.execute(delete(StoredNotification).where(StoredNotification.message_id.in_(ids)))
        forgotten += len(ids)
        if len(ids) < _FORGET_ROWS:
            break
    return forgotten


def _again_if_known(engine: Engine, work: Callable[[Connection], list[Entry]]) -> list[Entry]:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return with_retries(engine, work)
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def _known(connection: Connection, ids: Collection[str]) -> set[str]:
    wanted = sorted(ids)
    known: set[str] = set()
    for begin in range(0, len(wanted), _KEYS):
        query = select(StoredNotification.message_id).where(
            StoredNotification.message_id.in_(wanted[begin : begin + _KEYS])
        )
        known.update(connection.scalars(query))
    return known


def _apply(connection: Connection, region: str, now: datetime, entries: Iterable[Entry]) -> None:
    told = [(entry.message_id, each) for entry in entries for each in entry.told]
    if told:
        events.record(connection, region, now, told)
    note_hints(connection, region, now, (hint for entry in entries for hint in entry.hints))


def _row(entry: Entry, region: str, now: datetime) -> dict[str, object]:
    return {
        "message_id": entry.message_id,
        "region": region,
        "event_type": entry.event_type[:255],
        "publisher": entry.publisher[:255],
        "priority": entry.priority[:16],
        "sent": None if entry.sent is None else entry.sent.replace(microsecond=0),
        "received": now,
        "verdict": entry.verdict,
        "reason": entry.reason,
        "body": entry.body,
    }


def _old(connection: Connection, region: str, before: datetime) -> list[str]:
    found: list[str] = []
    for verdict in (APPLIED, IGNORED, UNKNOWN):  # each is the beginning of an index, which <> is not
        query = (
            select(StoredNotification.message_id)
            .where(
                StoredNotification.verdict == verdict,
                StoredNotification.received < before,
                StoredNotification.region == region,
            )
            .limit(_FORGET_ROWS - len(found))
        )
        found += connection.scalars(query)
    return found
