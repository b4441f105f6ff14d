"""What to read again because a notification named it.

Hints are only added and taken away, never changed: who notes one waits for nobody, and who has read what it names takes
away the very hints that were there before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from reporting_pollster.domain.notification.message import Hint
from reporting_pollster.store.engine import reading, with_retries
from reporting_pollster.store.tables import NotedHint

Keys = frozenset[str] | None  # of rows of a table; None is all of them
_MOST = 5000
_KEYS = 500


class Noted(NamedTuple):
    """The hints of a table: what to read, and which ones are done then."""

    keys: Keys
    ids: tuple[int, ...]


def note_hints(connection: Connection, region: str, now: datetime, hints: Iterable[Hint]) -> None:
    """Note hints, each of them once."""
    rows = [
        {"region": region, "table_name": hint.table, "row_key": hint.key, "noted": now} for hint in dict.fromkeys(hints)
    ]
    if rows:
        connection.execute(insert(NotedHint), rows)


def noted_hints(engine: Engine, region: str) -> Mapping[str, Noted]:
    """The oldest hints, by table."""
    query = (
        select(NotedHint.id, NotedHint.table_name, NotedHint.row_key)
        .where(NotedHint.region == region)
        .order_by(NotedHint.id)
        .limit(_MOST)
    )
    keys: defaultdict[str, set[str | None]] = defaultdict(set)
    ids: defaultdict[str, list[int]] = defaultdict(list)
    with reading(engine) as connection:
        for number, table, key in connection.execute(query):
            keys[table].add(key)
            ids[table].append(number)
    return {table: Noted(_all_or(keys[table]), tuple(ids[table])) for table in keys}


def take_away(engine: Engine, ids: Sequence[int]) -> None:
    """Forget hints that are done."""

    def work(connection: Connection) -> None:
        for begin in range(0, len(ids), _KEYS):
            connection.execute(delete(NotedHint).where(NotedHint.id.in_(ids[begin : begin + _KEYS])))

    with_retries(engine, work)


def _all_or(keys: set[str | None]) -> Keys:
    return None if None in keys else frozenset(key for key in keys if key is not None)
