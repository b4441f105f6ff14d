"""A reporting database with a few rows that a test chose, and the answers of reports about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, insert, update

from reporting_pollster.reports import report_named
from reporting_pollster.services.report import read_request, run_report
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import writing
from reporting_pollster.store.state import Progress
from reporting_pollster.store.tables import Derivation, SyncState
from tests.pollster import REGION


def at(text: str) -> datetime:
    """A time of a test, surely in the past: `at("10-01 09:00")` in the year 2024."""
    return datetime.fromisoformat(f"2024-{text}")


LONG_AGO = at("01-01 00:00")


class Warehouse:
    """Rows go in by table, answers come out by report."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._tables = whole_metadata().tables

    def put(self, table: str, *rows: dict[str, Any], **columns: Any) -> None:
        """Insert rows; what they do not say and every row must say is filled in."""
        target = self._tables[table]
        demanded: dict[str, Any] = {"region": REGION} if "region" in target.c else {}
        demanded |= _DEMANDED if "first_seen" in target.c else {}
        if table.endswith("_period"):
            demanded |= {"known_from": LONG_AGO, "state": "active", "in_use": True, "valid_from_origin": "row"}
        whole = [{**demanded, **columns, **row} for row in rows or ({},)]
        with writing(self.engine) as connection:
            for row in whole:
                connection.execute(insert(target), row)

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        return [column.name for column in self._tables[table].columns]

    def change(self, table: str, where: dict[str, Any], **columns: Any) -> None:
        """Change rows."""
        target = self._tables[table]
        query = update(target).values(**columns)
        for name, value in where.items():
            query = query.where(target.c[name] == value)
        with writing(self.engine) as connection:
            connection.execute(query)

    def read_until(self, instant: datetime, *tables: str) -> None:
        """Say that sources were last read then."""
        for table in tables or ("instance", "volume", "snapshot", "backup", "image", "floating_ip", "project"):
            state = {"table_name": table, "source": "region", "loaded": True, "cursors": Progress().as_text()}
            state["seen_at"] = instant
            self.put(SyncState.__tablename__, state)

    def added_up_to(self, day: date, *kinds: str) -> None:
        """Say that usage_day has the days up to and with this one."""
        for kind in kinds or ("instance",):
            self.put(Derivation.__tablename__, {"resource": kind, "built": True, "used_to": day})

    def ask(self, name: str, **words: object) -> list[dict[str, Any]]:
        """The rows of a report; `from_` stands for from."""
        given = {key.rstrip("_").replace("_", "-"): str(value) for key, value in words.items()}
        with run_report(self.engine, REGION, name, read_request(report_named(name), given)) as result:
            names = [column.name for column in result.columns]
            return [dict(zip(names, row, strict=True)) for row in result.rows]


_DEMANDED = {"active": True, "first_seen": LONG_AGO, "known_from": LONG_AGO, "changed_at": LONG_AGO}
