"""A cloud whose tables take anything, for the rows that no service would write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.openstack import Cloud
from tests.services.sync.bad_values import Case, Place, wide_type

# Takes zero dates and days that no month has, as old servers did by default.
LAX = "ALLOW_INVALID_DATES"


class BadCloud:
    """Writes good and bad rows into a test cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def widen(self, places: Iterable[Place]) -> None:
        """Let every column of the places take every bad value: no keys but the primary one, and wider types."""
        for place in places:
            types = {name: wide_type(place.our_column(name)) for name in place.columns}
            known = self._types(place)
            self.alter(place.database, place.table, {name: kind or known[name] for name, kind in types.items()})

    def alter(self, name: str, table: str, types: dict[str, str]) -> None:
        """Change the types of columns, which become nullable; keys but the primary one are dropped with them."""
        for referring, key in self._foreign_keys(name, table):
            self.cloud.execute(name, f"ALTER TABLE `{referring}` DROP FOREIGN KEY `{key}`")
        parts = [f"DROP KEY `{key}`" for key in self._indexes(name, table)]
        parts += [f"MODIFY `{column}` {kind} NULL" for column, kind in types.items()]
        if parts:
            self.cloud.execute(name, f"ALTER TABLE `{table}` {', '.join(parts)}")

    def insert(self, name: str, table: str, rows: list[dict[str, Any]]) -> None:
        """Insert rows as they are, whatever they hold."""
        with self.cloud.connect(name, sql_mode=LAX) as connection, self.cloud.within(name, connection):
            self.cloud.execute(name, "SET check_constraint_checks = 0")
            self.cloud.insert_many(name, table, rows)

    def put(self, cases: Iterable[Case]) -> None:
        """Insert the row of each case."""
        for place, some in _by_place(cases).items():
            rows = [{**place.row, place.key: case.key, case.column: case.value} for case in some]
            self.insert(place.database, place.table, rows)

    def mend(self, cases: Iterable[Case]) -> None:
        """Give the rows of the cases the values that they should have had."""
        for place, some in _by_place(cases).items():
            sets = ", ".join(f"`{column}` = %s" for column in place.columns)
            values = [*(place.row[column] for column in place.columns), [case.key for case in some]]
            self.cloud.execute(place.database, f"UPDATE `{place.table}` SET {sets} WHERE `{place.key}` IN %s", values)

    def _types(self, place: Place) -> dict[str, str]:
        found = self.cloud.rows(
            place.database,
            "SELECT column_name AS name, column_type AS type FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND table_name = %s",
            (place.table,),
        )
        return {row["name"]: row["type"] for row in found}

    def _indexes(self, name: str, table: str) -> list[str]:
        found = self.cloud.rows(
            name,
            "SELECT DISTINCT index_name AS name FROM information_schema.statistics"
            " WHERE table_schema = DATABASE() AND table_name = %s AND index_name <> 'PRIMARY'",
            (table,),
        )
        return [row["name"] for row in found]

    def _foreign_keys(self, name: str, table: str) -> list[tuple[str, str]]:
        """Those of the table and those to it, each with the table that has it."""
        found = self.cloud.rows(
            name,
            "SELECT table_name AS `from`, constraint_name AS name FROM information_schema.referential_constraints"
            " WHERE constraint_schema = DATABASE() AND (table_name = %s OR referenced_table_name = %s)",
            (table, table),
        )
        return [(row["from"], row["name"]) for row in found]


def _by_place(cases: Iterable[Case]) -> dict[Place, list[Case]]:
    found: dict[Place, list[Case]] = {}
    for case in cases:
        found.setdefault(case.place, []).append(case)
    return found
