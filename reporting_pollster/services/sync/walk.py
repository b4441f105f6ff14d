"""How far the rolling walk goes in one cycle.

Where cursors find the news, the walk only has to come round within the configured hours. Where there are none
(cinder has no index on any time), it is what finds changes, so each cycle takes a share of the table.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select

from reporting_pollster.entities.base import Appended, Paged, Since
from reporting_pollster.services.sync.context import Work
from reporting_pollster.store.engine import reading
from reporting_pollster.store.state import State
from reporting_pollster.store.tables import TableMetadata

_LEAST = 100
_MOST_PAGES = 20


def walk_budget(work: Work, source: Paged, state: State, now: datetime) -> int:
    """Rows to walk over in this cycle."""
    if work.request.walk_rows is not None:
        return work.request.walk_rows
    total = _rows(work)
    settings = work.settings
    if not any(isinstance(cursor, Since | Appended) for cursor in source.cursors):
        return max(settings.page_rows, ceil(settings.sweep_share * total))
    elapsed = now - state.seen_at if state.seen_at is not None else timedelta(0)
    share = max(0.0, elapsed / timedelta(hours=settings.sweep_hours))
    return min(max(_LEAST, ceil(share * total)), _MOST_PAGES * settings.page_rows)


def _rows(work: Work) -> int:
    """Rows of this source, as far as known: the table's, evenly over its cells."""
    query = select(TableMetadata.row_count).where(TableMetadata.table_name == work.entity.name)
    with reading(work.engine) as connection:
        rows = connection.execute(query).scalar() or 0
    cells = len(work.cloud.cells) if work.entity.source.per_cell else 1
    return ceil(rows / max(cells, 1))
