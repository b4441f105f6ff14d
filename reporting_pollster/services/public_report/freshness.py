"""When tables were last refreshed, and what tells one state of a table from another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from reporting_pollster.store.engine import utc_now
from reporting_pollster.store.tables import SyncState, TableMetadata

# Single rows are read again whenever a notification names them, several times a second if need be.
_SETTLED = timedelta(seconds=10)


@dataclass(frozen=True)
class Freshness:
    """How fresh a table is.

    `last_update` is the start of the cycle that last refreshed it, `last_success` the end of the last read of that
    source which was not read for longest. `version` changes with every read of a source; there is none while another
    read of the same second may still be under way.
    """

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
    settled = utc_now(connection) - _SETTLED
    return {
        table: _freshness(settled, table, last_update, rows, successes.get(table, [None, None, 0]))
        for table, last_update, rows in connection.execute(known)
    }


def _freshness(
    settled: datetime, table: str, last_update: datetime | None, rows: int, successes: Sequence[object]
) -> Freshness:
    earliest = successes[0]
    told = "|".join(map(str, (table, last_update, rows, *successes)))
    is_settled = last_update is not None and last_update < settled
    version = hashlib.sha256(told.encode()).hexdigest()[:24] if is_settled else None
    return Freshness(last_update, rows, earliest if isinstance(earliest, datetime) else None, version)
