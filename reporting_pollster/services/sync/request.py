"""What is asked of a sync, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from reporting_pollster.store.merge import Plan

Outcome = Literal["done", "failed", "refused", "skipped", "planned"]


@dataclass(frozen=True)
class Request:
    """`names` are tables (with their parents; empty for all), `accept` those whose refusal the operator overrules.

    `full` reads every source whole, `since` begins the cursors there instead of at their marks, and a dry run ends
    with the plan. `patience` is how long to wait for another writer, in seconds. `walk_rows` is how many rows the walk
    along the keys takes in each source, instead of what the settings make of it.
    """

    names: tuple[str, ...] = ()
    full: bool = False
    since: datetime | None = None
    dry_run: bool = False
    accept: frozenset[str] = frozenset()
    patience: float = 0.0
    walk_rows: int | None = None


@dataclass(frozen=True)
class UnitResult:
    """What became of one source of one table."""

    table: str
    source: str
    outcome: Outcome
    rows_read: int = 0
    plan: Plan = field(default_factory=Plan)
    bad: int = 0
    seconds: float = 0.0
    message: str | None = None

    @property
    def is_good(self) -> bool:
        return self.outcome in ("done", "skipped", "planned")


class Listener(Protocol):
    """Is told how the work goes on, for a progress bar or a log."""

    def reading(self, table: str, source: str, rows: int, expected: int | None) -> None:
        """Rows read so far of one source, and how many there may be."""

    def finished(self, result: UnitResult) -> None:
        """One unit of work is over."""


class Silence:
    """Listens to nothing."""

    def reading(self, table: str, source: str, rows: int, expected: int | None) -> None:
        pass

    def finished(self, result: UnitResult) -> None:
        pass
