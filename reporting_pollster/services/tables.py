"""The reporting tables, as their entities describe them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Appended, Entity, Living, Paged, Since, Unfinished
from reporting_pollster.entities.source import CELLS


@dataclass(frozen=True)
class TableDescription:
    """One reporting table: what it holds, where that comes from, and how changes there are found."""

    table: str
    databases: tuple[str, ...]
    after: tuple[str, ...]
    changes: tuple[str, ...]
    history: bool
    description: str


def describe_tables() -> list[TableDescription]:
    """All of them, parents before children."""
    return [
        TableDescription(
            table=entity.name,
            databases=tuple(_databases(entity)),
            after=entity.after,
            changes=tuple(_changes(entity)),
            history=bool(entity.history),
            description=(entity.table.__doc__ or "").strip().partition("\n")[0],
        )
        for entity in catalogue().values()
    ]


def _databases(entity: Entity) -> Iterator[str]:
    source = entity.source
    queries = source.context.values() if isinstance(source, Paged) else source.inputs.values()
    needed = {query.database for query in queries if not query.optional}
    if isinstance(source, Paged):
        needed.add(source.database)
    for name in source.databases:
        shown = "each nova cell" if name == CELLS else name
        yield shown if name in needed else f"{shown} (optional)"


def _changes(entity: Entity) -> Iterator[str]:
    source = entity.source
    if not isinstance(source, Paged):
        yield "read whole in each cycle"
        return
    for cursor in source.cursors:
        yield _cursor(cursor)
    if source.living is not None:
        yield _fingerprint(source.living)
    yield f"walk along {source.source_key}{', archived rows too' if source.shadowed else ''}"


def _cursor(cursor: Since | Appended | Unfinished) -> str:
    if isinstance(cursor, Since):
        return f"since {cursor.column}{' of the living' if cursor.living_only else ''}"
    if isinstance(cursor, Appended):
        return f"beyond the last {cursor.column}"
    return f"again while {cursor.column} is empty"


def _fingerprint(living: Living) -> str:
    if living.group is None:
        return "count of the living"
    return f"count of the living per {'day of ' if living.by_day else ''}{living.group}"
