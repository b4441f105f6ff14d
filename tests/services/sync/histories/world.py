"""What all steps of a history share: the cloud, its clock, chance, and transactions that stay open.

Times are stamped by controllers, whose clocks are not the source's: a little late as a rule, far off now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.openstack import Cloud
from tests.services.sync.histories.clock import SourceClock
from tests.services.sync.life import Life

Key = tuple[Any, ...]
Step = Callable[[], None]
PROJECTS = ("a" * 32, "b" * 32)


@dataclass
class Open:
    """A transaction that is not committed yet: where, since when, and the rows that nobody else may touch."""

    name: str
    connection: Any
    since: datetime
    rows: set[tuple[str, Key]]


@dataclass
class World:
    """A cloud and what has happened in it.

    `loud` are rows that a cursor must find in the next cycle, `removed` the instant at which living rows went without
    a trace. `skewed` says that some controllers have wrong clocks.
    """

    cloud: Cloud
    life: Life
    clock: SourceClock
    random: Random
    skewed: bool = False
    overlap: int = 300
    loud: set[tuple[str, Key]] = field(default_factory=set)
    removed: dict[tuple[str, Key], datetime] = field(default_factory=dict)
    open: list[Open] = field(default_factory=list)
    jumped_back: bool = False
    read_at: datetime | None = None
    _inside: Open | None = None

    def stamp(self) -> datetime:
        """The time that a controller writes into a row."""
        late = self.random.choice((0, 0, 1, 2, 20))
        if self.skewed and self.random.random() < 0.15:
            late = self.random.choice((-7200, -600, -5, 120, 900, 7200))
        return self.clock.now - timedelta(seconds=late)

    def maybe(self, share: float) -> bool:
        return self.random.random() < share

    def project(self) -> str:
        return self.random.choice(PROJECTS)

    def rows(self, name: str, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        return self.cloud.rows(name, sql, parameters)

    def choose(self, table: str, name: str, sql: str, *parameters: Any) -> Any:
        """A key out of a query's first column, of those rows of a table that no open transaction has; None if none."""
        taken = {key[0] for one in self.open for held, key in one.rows if held == table}
        found = [key for row in self.rows(name, sql, *parameters) if (key := next(iter(row.values()))) not in taken]
        return self.random.choice(found) if found else None

    def touched(self, table: str, *key: Any, at: datetime | None = None) -> None:
        """A row was written; with `at`, in a way that the table's cursors find."""
        if self._inside is not None:
            self._inside.rows.add((table, key))
        elif at is not None and at >= self.clock.now - timedelta(seconds=self.overlap - 10) and not self.jumped_back:
            self.loud.add((table, key))

    def lost(self, table: str, *key: Any) -> None:
        """A living row is gone from the source without a trace."""
        self.removed[table, key] = self.clock.now
        self.loud.discard((table, key))

    @contextmanager
    def late(self, name: str) -> Iterator[None]:
        """What is written within is committed some steps later, with the times and ids of now."""
        connection = self.cloud.connect(name, autocommit=False)
        with connection.cursor() as cursor:  # rows are locked, and not the gaps between them
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        self._inside = Open(name, connection, self.clock.now, set())
        try:
            with self.cloud.within(name, connection):
                yield
        finally:
            self.open.append(self._inside)
            self._inside = None

    def commit(self, one: Open) -> None:
        """Commit; found by the cursors as long as no cycle has gone on by more than the overlap meanwhile."""
        one.connection.commit()
        one.connection.close()
        self.open.remove(one)
        in_time = self.read_at is None or self.read_at - one.since < timedelta(seconds=self.overlap - 40)
        if in_time and not self.skewed and not self.jumped_back:
            self.loud |= {row for row in one.rows if row[0] in ("instance", "instance_action", "migration", "image")}

    def close(self) -> None:
        for one in self.open:
            one.connection.close()
