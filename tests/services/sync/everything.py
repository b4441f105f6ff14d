"""All that a reporting database holds, to show that a cycle wrote nothing, or the same as another."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, select

from reporting_pollster.derived import timelines
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading
from tests.pollster import BOOKKEEPING

Contents = dict[str, list[dict[str, Any]]]

# Who writes, and what was done when: different in every cycle.
RECORDS = ("lease", "sync_run")
# Of no source and no region.
LOOKUPS = ("calendar_month", "state_weight")


def everything(engine: Engine, *, without: Collection[str] = ("last_seen",), but: Collection[str] = ()) -> Contents:
    """The rows of every table in the order of their keys, but for some columns and tables."""
    found: Contents = {}
    with reading(engine) as connection:
        for name, table in sorted(whole_metadata().tables.items()):
            if name in (*RECORDS, *but):
                continue
            columns = [column for column in table.columns if column.name not in without]
            rows = connection.execute(select(*columns).order_by(*table.primary_key)).mappings()
            found[name] = [dict(row) for row in rows]
    return found


def tables(engine: Engine) -> Contents:
    """What the tables say, and said before, without the bookkeeping of when and how it was found out."""
    counters = {"history_id", "usage_id", "known_at"}
    found = everything(engine, without=BOOKKEEPING | counters, but=("sync_state", "metadata", "quarantine", *LOOKUPS))
    periods = {timeline.name for timeline in timelines().values()}
    for name, rows in found.items():
        if name in periods:
            found[name] = [believed(row) for row in rows if row["known_to"] is None]
        else:
            found[name] = [{key: value for key, value in row.items() if key != "known_to"} for row in rows]
    derived = (*periods, "usage_day")
    return {
        name: sorted(rows, key=repr) if name in derived else rows
        for name, rows in found.items()
        if not name.startswith("stage_")
    }


def believed(row: dict[str, Any]) -> dict[str, Any]:
    """What a period says, but for estimates, which depend on when the source was read."""
    said = {key: value for key, value in row.items() if key not in ("period_id", "known_from", "known_to")}
    for bound in ("valid_from", "valid_to"):
        if said[f"{bound}_origin"] == "estimate":
            said |= {bound: "estimate", f"{bound}_earliest": None, f"{bound}_latest": None}
    return said


def differences(before: Contents, after: Contents) -> list[str]:
    """Where two reporting databases differ, in words; empty when they don't."""
    found = [f"{name}: only in one" for name in before.keys() ^ after.keys()]
    for name in before.keys() & after.keys():
        first, second = before[name], after[name]
        if first != second:
            lost = [row for row in first if row not in second]
            new = [row for row in second if row not in first]
            found.append(f"{name}: {len(first)} rows, then {len(second)}; lost {lost[:3]}; new {new[:3]}")
    return found
