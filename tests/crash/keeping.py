"""Remembers a whole reporting database, brings it back, and says what in it counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, delete, insert, inspect, select

from reporting_pollster.derived import timelines
from reporting_pollster.entities import catalogue
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading, writing
from tests.pollster import BOOKKEEPING
from tests.services.sync.everything import believed

Kept = dict[str, list[dict[str, Any]]]
_NUMBERS = {"history_id", "known_to"}


def kept(engine: Engine) -> Kept:
    """Every row of every table of ours."""
    with reading(engine) as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in whole_metadata().sorted_tables
        }


def bring_back(engine: Engine, rows: Kept) -> None:
    """Make the tables say again what they said then."""
    tables = whole_metadata().tables
    with writing(engine) as connection:
        for name, wanted in rows.items():
            connection.execute(delete(tables[name]))
            if wanted:
                connection.execute(insert(tables[name]), wanted)


def free_the_lease(engine: Engine) -> None:
    """What time would do after a kill."""
    with writing(engine) as connection:
        connection.execute(whole_metadata().tables["lease"].update().values(holder=""))


def what_counts(engine: Engine) -> Kept:
    """Rows, earlier versions, counts and leftovers, without the times and numbers that differ from run to run."""
    rows = kept(engine)
    found: Kept = {"metadata": [_counted(row, rows) for row in rows["metadata"]]}
    for name in catalogue():
        found[name] = sorted((_entity(row) for row in rows[name]), key=repr)
        found[f"stage_{name}"] = rows[f"stage_{name}"]
        if f"{name}_history" in rows:
            found[f"{name}_history"] = sorted((_version(row) for row in rows[f"{name}_history"]), key=repr)
    for name in (timeline.name for timeline in timelines().values()):
        found[name] = [believed(row) for row in rows[name] if row["known_to"] is None]
    for name in ("usage_day", "historical_usage", "period_due", "usage_due"):
        found[name] = [{key: value for key, value in row.items() if key != "usage_id"} for row in rows[name]]
    found["derivation"] = [
        {key: value for key, value in row.items() if key != "known_at"} for row in rows["derivation"]
    ]
    found["sync_state"] = [
        {"table": row["table_name"], "source": row["source"], "loaded": row["loaded"]} for row in rows["sync_state"]
    ]
    return {name: sorted(each, key=repr) for name, each in found.items()}


def _counted(row: dict[str, Any], rows: Kept) -> dict[str, Any]:
    """How often a kill made something known twice depends on where it was; that all rows are counted does not."""
    name = row["table_name"]
    is_period = name in {timeline.name for timeline in timelines().values()}
    return {"table": name, "rows": row["row_count"] - len(rows[name]) if is_period else row["row_count"]}


def indexes(engine: Engine, table: str) -> set[str | None]:
    with reading(engine) as connection:
        return {index["name"] for index in inspect(connection).get_indexes(table)}


def _entity(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in BOOKKEEPING}
    if row["vanished_before"] is not None and "deleted" in shown:
        shown["deleted"] = "estimated"  # by the time of the cycle
    return shown


def _version(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in BOOKKEEPING | _NUMBERS}
