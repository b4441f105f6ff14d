"""What is asked of a verification, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Problem = Literal["missing", "different", "extra"]
Outcome = Literal["equal", "different", "failed", "skipped"]


@dataclass(frozen=True)
class Request:
    """`names` are tables (empty for all), `chunk_rows` how many rows are compared at once.

    `limit` is how many differences are listed of each source of a table; all are counted.
    """

    names: tuple[str, ...] = ()
    chunk_rows: int = 5000
    limit: int = 100


@dataclass(frozen=True)
class Difference:
    """One row: `missing` from the store, `different` there, or `extra` (active with us and nowhere at the source).

    `columns` are those that differ, each with the source's value and ours. `pending` rows were changed at the source
    after it was last read.
    """

    table: str
    source: str
    key: str
    problem: Problem
    pending: bool = False
    columns: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What became of one source of one table.

    `rows` is what the source says that we should hold, `ours` what we hold of that, and extra rows; `withheld` are
    rows of the source that can't be loaded. The checksums are equal when nothing differs, pending rows included.
    """

    table: str
    source: str
    outcome: Outcome
    rows: int = 0
    ours: int = 0
    withheld: int = 0
    chunks: int = 0
    chunks_differing: int = 0
    missing: int = 0
    different: int = 0
    extra: int = 0
    pending: int = 0
    checksum: str = ""
    checksum_ours: str = ""
    seconds: float = 0.0
    differences: tuple[Difference, ...] = ()
    message: str | None = None

    @property
    def is_good(self) -> bool:
        return self.outcome in ("equal", "skipped")

    @property
    def faults(self) -> int:
        """Rows that differ and should not."""
        return self.missing + self.different + self.extra


class Listener(Protocol):
    """Is told how the work goes on, for a progress bar."""

    def reading(self, table: str, source: str, rows: int, expected: int | None) -> None:
        """Rows compared so far of one source, and how many there may be."""

    def finished(self, result: Verdict) -> None:
        """One source of one table is done."""


class Silence:
    """Listens to nothing."""

    def reading(self, table: str, source: str, rows: int, expected: int | None) -> None:
        pass

    def finished(self, result: Verdict) -> None:
        pass
