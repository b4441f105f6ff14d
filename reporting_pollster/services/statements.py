"""The statements that following a large table takes, to look at them instead of running them.

They come from the very code that runs them: it is given something that takes note and has nothing to answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from reporting_pollster.entities.base import Appended, Living, Paged, Since
from reporting_pollster.entities.source import SourceTables
from reporting_pollster.services.sync.page import Pages

Row = tuple[Any, ...]
_SOME_DAY = "2026-01-01"


@dataclass(frozen=True)
class Statement:
    """One statement and what it is for."""

    purpose: str
    select: Select[Any]


class _Listener:
    """Stands in for a session: one row of nothing is the answer to everything."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.purpose = ""

    def rows(self, select: Select[Any]) -> list[Row]:
        self.statements.append(Statement(self.purpose, select))
        return [(None,) * len(select.selected_columns)]

    def stream(self, select: Select[Any]) -> Iterator[list[Row]]:
        self.statements.append(Statement(self.purpose, select))
        return iter(())


def statements_of(
    source: Paged, tables: SourceTables, *, overlap: int = 0, newest: Mapping[str, Any] | None = None
) -> list[Statement]:
    """Every kind of statement by which a cycle follows a source.

    `newest` are the highest values of the cursors' columns, as far as they are known.
    """
    marks = newest or {}
    listener = _Listener()
    pages = Pages(source, listener, tables)
    for cursor in source.cursors:
        match cursor:
            case Since(column):
                listener.purpose = f"what changed by {column}"
                list(pages.since(cursor, marks.get(column) or _SOME_DAY, overlap))
                listener.purpose = f"the highest {column}"
                pages.highest(cursor)
            case Appended(column):
                listener.purpose = f"what is new by {column}"
                list(pages.beyond(cursor, int(marks.get(column) or 0)))
                listener.purpose = f"the highest {column}"
                pages.highest(cursor)
    _living(source.living, pages, listener)
    some_key = marks.get(source.source_key) or "0"
    listener.purpose = f"a page by {source.source_key}"
    pages.page(None, 1000)
    pages.page(some_key, 1000)
    listener.purpose = f"rows by {source.source_key}"
    list(pages.by_key([some_key]))
    pages.changed([some_key])
    return listener.statements


def _living(living: Living | None, pages: Pages, listener: _Listener) -> None:
    if living is None:
        return
    listener.purpose = "counts of the living"
    pages.living(living)
    listener.purpose = "the living of one group"
    pages.living_pairs(living, [_SOME_DAY if living.by_day else "0"])
