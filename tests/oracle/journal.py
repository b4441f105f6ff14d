"""What services wrote into their tables, and when: so that the rows can be had as they were at any instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

BEGINNING = datetime(2026, 1, 5)
Key = tuple[str, str, int]  # cell, table, id
Row = dict[str, Any]


def at(second: int) -> datetime:
    """The instant some seconds after the beginning."""
    return BEGINNING + timedelta(seconds=second)


def second_of(moment: datetime) -> int:
    return int((moment - BEGINNING).total_seconds())


class Write(NamedTuple):
    """Columns that a row took at a second; None: the row was deleted outright."""

    second: int
    key: Key
    values: Row | None


class Journal:
    """Writes in the order in which they were made."""

    def __init__(self) -> None:
        self._writes: list[Write] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def insert(self, second: int, cell: str, table: str, **values: Any) -> Key:
        """Add a row; ids count per table and cell."""
        number = self._numbers[cell, table] = self._numbers.get((cell, table), 0) + 1
        key = (cell, table, number)
        self._writes.append(Write(second, key, {"id": number, **values}))
        return key

    def update(self, second: int, key: Key, **values: Any) -> None:
        self._writes.append(Write(second, key, values))

    def delete(self, second: int, key: Key) -> None:
        self._writes.append(Write(second, key, None))

    def current(self, key: Key) -> Row:
        """A row with all that was ever written to it."""
        row: Row = {}
        for write in self._writes:
            if write.key == key:
                row.update(write.values or {})
        return row

    def keys(self, table: str) -> list[Key]:
        """The rows of a table, in all cells, that were written and not deleted."""
        living = dict.fromkeys(write.key for write in self._writes if write.key[1] == table)
        for write in self._writes:
            if write.values is None:
                living.pop(write.key, None)
        return list(living)

    def writes(self) -> list[Write]:
        """All writes by time; of those of one second, in the order in which they were made."""
        return sorted(self._writes, key=lambda write: write.second)

    def rows(self, seconds: list[int]) -> Iterator[tuple[int, dict[Key, Row]]]:
        """All rows as they were at the end of each of these seconds, in order."""
        rows: dict[Key, Row] = {}
        waiting = self.writes()
        place = 0
        for second in sorted(seconds):
            while place < len(waiting) and waiting[place].second <= second:
                write = waiting[place]
                if write.values is None:
                    rows.pop(write.key, None)
                else:
                    rows[write.key] = {**rows.get(write.key, {}), **write.values}
                place += 1
            yield second, rows
