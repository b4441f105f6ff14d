"""Rows of a SQLite database held in memory while the sample cloud lives, and written in one transaction.

A cloud that lives on must find its rows again, so a table reads what is stored when it is first asked for, and
writes back only what was inserted, changed or removed. Times are kept as OpenStack's services store them: text, UTC,
without fractions of a second.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Key = tuple[Any, ...]


def moment(text: str) -> datetime:
    """A stored time, to calculate with."""
    return datetime.fromisoformat(text)


@lru_cache(maxsize=64)
def stored(at: datetime) -> str:
    """A time as it lies in the database, without its fraction."""
    return at.isoformat(" ", "seconds")


_WRITTEN: dict[type, Callable[[Any], Any]] = {datetime: stored, date: date.isoformat, bool: int}


def _write(values: Row) -> Row:
    """The values as they lie in the database; in place, for there are a million of them."""
    for name, value in values.items():
        if (write := _WRITTEN.get(type(value))) is not None:
            values[name] = write(value)
    return values


class Table:
    """One table: its rows by primary key, and what is to be written."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        described = connection.execute(f"PRAGMA table_info(`{name}`)").fetchall()
        if not described:
            raise KeyError(name)
        self.name = name
        self.columns: tuple[str, ...] = tuple(column[1] for column in described)
        self.key: tuple[str, ...] = tuple(c[1] for c in sorted(described, key=lambda c: c[5]) if c[5])
        self._blank: Row = {c[1]: connection.execute(f"SELECT {c[4] or 'NULL'}").fetchone()[0] for c in described}
        self._serial = _serial(connection, name)
        self._rows: dict[Key, Row] = {}
        self._new: dict[Key, Row] = {}
        self._changed: dict[Key, Row] = {}
        self._gone: list[Key] = []
        self._groups: dict[str, dict[Any, dict[Key, Row]]] = {}
        for values in connection.execute(f"SELECT * FROM `{name}` ORDER BY rowid"):
            row = dict(zip(self.columns, values, strict=True))
            self._rows[self._key_of(row)] = row

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, *key: Any) -> Row | None:
        """The row with this primary key."""
        return self._rows.get(key)

    def where(self, column: str, value: Any) -> list[Row]:
        """Rows by one column that never changes after the insert."""
        if column not in self._groups:
            self._groups[column] = defaultdict(dict)
            for key, row in self._rows.items():
                self._groups[column][row[column]][key] = row
        return list(self._groups[column][value].values())

    def insert(self, **values: Any) -> Row:
        """Add a row; what is not named takes the column's default, and a serial key the next number."""
        row = self._blank | _write(values)
        if len(row) != len(self._blank):
            raise KeyError(f"{self.name} has no column {sorted(set(row) - set(self._blank))}")
        if self._serial is not None:
            if row[self.key[0]] is None:
                row[self.key[0]] = self._serial + 1
            self._serial = max(self._serial, row[self.key[0]])
        key = self._key_of(row)
        if key in self._rows:
            raise ValueError(f"{self.name} already has {key}")
        self._rows[key] = self._new[key] = row
        for column, groups in self._groups.items():
            groups[row[column]][key] = row
        return row

    def change(self, row: Row, **values: Any) -> None:
        """Set columns of a row of this table."""
        row.update(_write(values))
        key = self._key_of(row)
        if key not in self._new:
            self._changed[key] = row

    def remove(self, row: Row) -> None:
        """Delete a row outright."""
        key = self._key_of(row)
        del self._rows[key]
        self._changed.pop(key, None)
        if self._new.pop(key, None) is None:
            self._gone.append(key)
        for column, groups in self._groups.items():
            del groups[row[column]][key]

    def save(self, connection: sqlite3.Connection) -> None:
        """Write what is new, changed and gone; the caller owns the transaction."""
        match = " AND ".join(f"`{name}` = ?" for name in self.key)
        connection.executemany(f"DELETE FROM `{self.name}` WHERE {match}", self._gone)
        places = ", ".join("?" * len(self.columns))
        connection.executemany(f"INSERT INTO `{self.name}` VALUES ({places})", map(self._values, self._new.values()))
        sets = ", ".join(f"`{name}` = ?" for name in self.columns)
        changed = (self._values(row) + list(key) for key, row in self._changed.items())
        connection.executemany(f"UPDATE `{self.name}` SET {sets} WHERE {match}", changed)
        if self._new and self._serial is not None:
            # a row that came and went before it was stored has used up its number all the same
            connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (self._serial, self.name))
        self._new, self._changed, self._gone = {}, {}, []

    def _key_of(self, row: Row) -> Key:
        return tuple(row[name] for name in self.key)

    def _values(self, row: Row) -> list[Any]:
        return [row[name] for name in self.columns]


def _serial(connection: sqlite3.Connection, name: str) -> int | None:
    """The last number given out, or None when the key is not a serial one."""
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    if "AUTOINCREMENT" not in sql:
        return None
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).fetchone()
    return int(last[0]) if last else 0


class Database:
    """One SQLite file of the cloud; its tables open when they are first used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tables: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._tables:
            with closing(sqlite3.connect(self.path)) as connection:
                self._tables[name] = Table(connection, name)
        return self._tables[name]

    def save(self) -> None:
        """Write all that changed, in one transaction."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for table in self._tables.values():
                table.save(connection)
