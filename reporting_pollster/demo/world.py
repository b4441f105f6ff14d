"""The sample cloud's databases, its clock and what is going to happen.

Everything in the cloud happens at an instant of one agenda, in order, so that serial ids grow with time as they do in
a real one. What is due after the end of the agenda is forgotten: the rows alone say how a life goes on.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from reporting_pollster.demo.chance import Dice
from reporting_pollster.demo.table import Database

CELLS = ("cell0", "cell1", "cell2", "cell3")
SERVICES = ("keystone", "nova_api", "cinder", "glance", "neutron", "heat", "rcshib", "dashboard")

Act = Callable[[], object]


def files(directory: Path) -> dict[str, Path]:
    """Where each database lies, by name; the cells under their own."""
    paths = {name: directory / f"{name}.sqlite" for name in SERVICES}
    return paths | {cell: directory / f"nova_{cell}.sqlite" for cell in CELLS}


class World:
    """The databases of one cloud, and time."""

    def __init__(self, directory: Path, *, start: datetime, until: datetime, dice: Dice) -> None:
        self.now = start
        self.start = start
        self.until = until
        self.dice = dice
        self.counts: Counter[str] = Counter()
        self.databases: Mapping[str, Database] = {name: Database(path) for name, path in files(directory).items()}
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._noted = 0

    def __getitem__(self, name: str) -> Database:
        return self.databases[name]

    @property
    def cells(self) -> dict[str, Database]:
        """The cell databases, cell0 first."""
        return {name: self.databases[name] for name in CELLS}

    def at(self, when: datetime, act: Act) -> None:
        """Have something happen; what lies beyond the end will not."""
        if when <= self.until:
            self._noted += 1
            heapq.heappush(self._agenda, (max(when, self.now), self._noted, act))

    def after(self, delay: timedelta, act: Act) -> None:
        """Have something happen a while from now."""
        self.at(self.now + delay, act)

    def live(self) -> Iterator[datetime]:
        """Let everything happen that is due, in order."""
        while self._agenda:
            self.now, _, act = heapq.heappop(self._agenda)
            act()
            yield self.now
        self.now = self.until
