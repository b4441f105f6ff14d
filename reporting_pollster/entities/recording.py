"""Tables that answer to every name and remember which were asked for: what a read-only account needs, from the queries.

A list of needed columns kept beside the queries would be out of date after the next change of one. So the queries'
own builders are run against these tables. What they ask about (`has`, `maybe`) is answered by the one who records,
because queries differ with the answer: with yes to everything, no to everything, or what a source really has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, column, null
from sqlalchemy.sql.elements import quoted_name

from reporting_pollster.entities.source import SourceTable, SourceTables

# Whether there is such a table; with a column, whether the table has it.
Exists = Callable[[str, str | None], bool]


def everything(_table: str, _column: str | None) -> bool:
    """A source that has all that is asked about."""
    return True


def nothing(_table: str, _column: str | None) -> bool:
    """A source that has none of what is asked about, and only what queries take for granted."""
    return False


def as_found(columns: Mapping[str, frozenset[str]]) -> Exists:
    """A source as it is."""

    def exists(table: str, column: str | None) -> bool:
        return table in columns and (column is None or column in columns[table])

    return exists


class RecordingTables(SourceTables):
    """`used` are the columns by table that queries were built with, `absent` what they asked about and did without."""

    def __init__(
        self, database: str, exists: Exists, *, prefix: str = "", used: defaultdict[str, set[str]] | None = None
    ) -> None:
        super().__init__(database, {}, prefix=prefix)
        self.exists = exists
        self.used: defaultdict[str, set[str]] = defaultdict(set) if used is None else used

    def has(self, name: str) -> bool:
        found = self.exists(self._prefix + name, None)
        if not found:
            self.absent.add(self._prefix + name)
        return found

    def __getitem__(self, name: str) -> SourceTable:
        if name not in self._made:
            self._made[name] = _RecordingTable(self, name, self._prefix + name)
        return self._made[name]

    def anew(self) -> RecordingTables:
        return RecordingTables(self.database, self.exists, prefix=self._prefix, used=self.used)

    def shadow(self) -> RecordingTables:
        shadow = RecordingTables(self.database, self.exists, prefix="shadow_", used=self.used)
        shadow.absent = self.absent
        return shadow


class _RecordingTable(SourceTable):
    def __init__(self, tables: RecordingTables, name: str, real_name: str) -> None:
        super().__init__(tables, name, real_name, frozenset())
        self._recorder = tables
        self._real_name = real_name

    def has(self, name: str) -> bool:
        found = self._recorder.exists(self._real_name, name)
        if not found:
            self._recorder.absent.add(f"{self._real_name}.{name}")
        return found

    def column(self, name: str) -> ColumnClause[Any]:
        self._recorder.used[self._real_name].add(name)
        if name not in self.clause.c:
            self.clause.append_column(column(quoted_name(name, True)))
        found: ColumnClause[Any] = self.clause.c[name]
        return found

    def maybe(self, name: str) -> ColumnElement[Any]:
        return self.column(name) if self.has(name) else null()
