"""What can't be trusted to be fresh: sources whose last read failed or was refused, or that were never read whole."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false, or_, select

from reporting_pollster.derived.view.base import View, table


def _query() -> Select[Any]:
    s = table("sync_state").c
    columns = (s.table_name, s.region, s.source, s.loaded, s.seen_at, s.succeeded_at, s.failed_at, s.problem)
    return select(*columns).where(or_(s.loaded == false(), s.failed_at.is_not(None)))


VIEW = View(
    name="stale_source",
    comment="Sources whose last read failed or was refused, or whose first load is not complete",
    columns={
        "table_name": "Reporting table",
        "region": "Region of the source",
        "source": "Cell name, or 'region' for all of it",
        "loaded": "The first load is complete",
        "seen_at": "Source's clock at the last successful read, UTC",
        "succeeded_at": "Last success by the reporting database's clock, UTC",
        "failed_at": "Last failure since then, UTC",
        "problem": "Why it is stale: the last error or refusal",
    },
    query=_query,
)
