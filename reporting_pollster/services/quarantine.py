"""Rows of the sources that could not be loaded as they are, for a person who may mend them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from reporting_pollster.entities import catalogue
from reporting_pollster.errors import UnknownName
from reporting_pollster.store.engine import reading
from reporting_pollster.store.quarantine import list_open


@dataclass(frozen=True)
class OpenProblem:
    """One thing wrong with one row, met at the last complete read or since.

    `action` tells whether the row was loaded without the value (repaired) or not at all (withheld); `raw` is the
    row as it was read, as JSON.
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
        if name not in catalogue():
            raise UnknownName(f"there is no table {name}", hint="`reporting-pollster tables` lists them")
    with reading(engine) as connection:
        rows = list_open(connection, region, tables, limit)
    return [
        OpenProblem(
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
        for row in rows
    ]
