"""When tables were last refreshed, and what tells one state of a table from another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from reporting_pollster.store.tables import SyncState, TableMetadata


@dataclass(frozen=True)
class Freshness:
    """`last_update` is the start of the cycle that last refreshed a table, `last_success` the end of the last read of
    that source which was not read for longest. `version` changes with every cycle that wrote."""

    last_update: datetime | None = None
    row_count: int | None = None
    last_success: datetime | None = None
    version: str | None = None


def freshness(connection: Connection, name: str | None = None) -> Mapping[str, Freshness]:
    """That of one table, or of all; a table that was never refreshed is missing."""
    known = select(TableMetadata.table_name, TableMetadata.last_update, TableMetadata.row_count)
    # Cells of one cycle share its start, so the latest success counts as well: else half a cycle looked like all of it.
    read = select(
        SyncState.table_name,
        func.min(SyncState.succeeded_at),
        func.max(SyncState.succeeded_at),
        func.count(SyncState.succeeded_at),
    ).group_by(SyncState.table_name)
    if name is not None:
        known, read = known.where(TableMetadata.table_name == name), read.where(SyncState.table_name == name)
    successes = {table: rest for table, *rest in connection.execute(read)}
    return {
        table: _freshness(table, last_update, rows, successes.get(table, [None, None, 0]))
        for table, last_update, rows in connection.execute(known)
    }


def _freshness(table: str, last_update: datetime | None, rows: int, successes: Sequence[object]) -> Freshness:
    earliest = successes[0]
    told = "|".join(map(str, (table, last_update, rows, *successes)))
    version = None if last_update is None else hashlib.sha256(told.encode()).hexdigest()[:24]
    return Freshness(last_update, rows, earliest if isinstance(earliest, datetime) else None, version)
