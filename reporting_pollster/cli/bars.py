"""Progress bars for work that goes through the sources of the tables one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Done(Protocol):
    """The result for one source of one table."""

    @property
    def table(self) -> str: ...

    @property
    def source(self) -> str: ...


class Bars:
    """One bar for the source at hand."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def reading(self, table: str, source: str, rows: int, expected: int | None) -> None:
        task = self._tasks.get((table, source))
        if task is None:
            task = self._tasks[(table, source)] = self._bars.add_task(f"{table} ({source})", total=expected)
        self._bars.update(task, completed=rows, total=expected)

    def finished(self, result: Done) -> None:
        task = self._tasks.pop((result.table, result.source), None)
        if task is not None:
            self._bars.remove_task(task)
