"""Rows of the sources that could not be loaded as they are, and messages that made no sense, for who may mend them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, RowMapping

from reporting_pollster.entities import catalogue
from reporting_pollster.errors import UnknownName
from reporting_pollster.store.engine import reading
from reporting_pollster.store.notification import PARKED, list_parked
from reporting_pollster.store.quarantine import list_open

MESSAGES = "notification"


@dataclass(frozen=True)
class OpenProblem:
    """One thing wrong with one row, met at the last complete read or since.

    `action` tells whether the row was loaded without the value (repaired) or not at all (withheld); `raw` is the
    row as it was read, as JSON. A message has its sender as source and its event type as column; it is parked.
    """

    table: str
    source: str
    key: str
    column: str
    reason: str
    action: str
    first_seen: datetime
    last_seen: datetime
    raw: str


def open_problems(engine: Engine, region: str, tables: tuple[str, ...], limit: int) -> list[OpenProblem]:
    """Those of the named tables (of all without a name), the ones met last first."""
    for name in tables:
        if name not in catalogue() and name != MESSAGES:
            raise UnknownName(f"there is no table {name}", hint="`reporting-pollster tables` lists them")
    with reading(engine) as connection:
        rows = [_of_row(row) for row in list_open(connection, region, tables, limit)]
        if not tables or MESSAGES in tables:
            rows += [_of_message(row) for row in list_parked(connection, region, limit)]
    return sorted(rows, key=lambda problem: problem.last_seen, reverse=True)[:limit]


def _of_row(row: RowMapping) -> OpenProblem:
    return OpenProblem(
        table=row["table_name"],
        source=row["source"],
        key=row["row_key"],
        column=row["column_name"],
        reason=row["reason"],
        action=row["action"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        raw=row["raw"],
    )


def _of_message(row: RowMapping) -> OpenProblem:
    return OpenProblem(
        table=MESSAGES,
        source=row["publisher"],
        key=row["message_id"],
        column=row["event_type"],
        reason=row["reason"] or "",
        action=PARKED,
        first_seen=row["received"],
        last_seen=row["received"],
        raw=row["body"] or "",
    )
