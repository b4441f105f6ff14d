"""A cloud, a reporting database that follows it, and what was derived of one kind of resource."""

from __future__ import annotations

from typing import Any

from tests.entities.followed import Followed

BOUNDS = ("valid_from_earliest", "valid_from_latest", "valid_to_earliest", "valid_to_latest")


class Traced(Followed):
    """Periods and use, times as text."""

    def sync(self, *tables: str) -> None:
        """A good cycle of these tables, and of what is derived of them."""
        self.pollster.sync(*tables)

    def periods(self, kind: str, **where: Any) -> list[dict[str, Any]]:
        """What is believed now, in order of time."""
        rows = [_texts(row) for row in self.pollster.rows(f"{kind}_period", known_to=None, **where)]
        return sorted(rows, key=lambda row: (row["id"], row["valid_from"]))

    def told(self, kind: str, *columns: str, **where: Any) -> list[tuple[Any, ...]]:
        """Some columns of it."""
        return [tuple(row[name] for name in columns) for row in self.periods(kind, **where)]

    def superseded(self, kind: str) -> list[dict[str, Any]]:
        """What was believed once."""
        return [row for row in map(_texts, self.pollster.rows(f"{kind}_period")) if row["known_to"] is not None]

    def used(self, kind: str, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of usage_day, in order of days."""
        rows = [_texts(row) for row in self.pollster.rows("usage_day", kind=kind)]
        rows.sort(key=lambda row: (row["day"], row["project_id"], row["type"], row["state"]))
        return [tuple(row[name] for name in columns) for row in rows]

    def now(self) -> str:
        """The only clock: that of the source."""
        return str(self.cloud.rows("cinder", "SELECT UTC_TIMESTAMP() AS now")[0]["now"])


def _texts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if hasattr(value, "isoformat") else value for name, value in row.items()}
