"""Whether following a large table costs its server what it should: a range of an index, not the whole table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from reporting_pollster.domain.release import Names
from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Entity, Paged
from reporting_pollster.services.doctor.finding import Finding, listed, ok, warning
from reporting_pollster.services.doctor.subject import Source
from reporting_pollster.services.needs import lack
from reporting_pollster.services.statements import Statement, statements_of
from reporting_pollster.sources.database import Record, Session

LARGE = 10_000  # rows; below, a server rightly takes the whole table


def examine_plans(source: Source, session: Session, columns: Names) -> Iterator[Finding]:
    """One finding per table that some statement of an ordinary cycle reads whole."""
    entities = [
        entity
        for entity in catalogue().values()
        if isinstance(entity.source, Paged)
        and entity.source.database == source.kind
        and not lack(entity, source.kind, columns).needed
    ]
    scans = [finding for entity in entities for finding in _scans(source, session, entity)]
    yield from scans
    if entities and not scans:
        yield ok(source.subject, "indexes", "no statement of a cycle reads a large table whole")


def _scans(source: Source, session: Session, entity: Entity) -> Iterator[Finding]:
    paged = entity.source
    assert isinstance(paged, Paged)
    found, rows = defaultdict[str, list[str]](list), dict[str, int]()
    for statement, plan in _plans(source, session, paged):
        for step in plan:
            if _is_scan(step):
                table = str(step["table"])
                found[table].append(statement.purpose)
                rows[table] = max(rows.get(table, 0), int(step["rows"]))
    for table, purposes in found.items():
        text = f"about {rows[table]} rows of {table} are read whole in each cycle ({listed(sorted(set(purposes)))})"
        step_ = "nothing is lost by that; see whether the release's own indexes are all there, and ANALYZE the table"
        yield warning(source.subject, "indexes", text, step_)


def _plans(source: Source, session: Session, paged: Paged) -> Iterator[tuple[Statement, list[Record]]]:
    """The plans of all statements, each as it is when there is nothing new."""
    tables, newest = source.database.tables, dict[str, Any]()
    for statement in statements_of(paged, tables):
        if statement.purpose.startswith("the highest"):
            plan = session.explain(statement.select)
            if not any(map(_is_scan, plan)):
                newest[statement.purpose.rpartition(" ")[2]] = session.rows(statement.select)[0][0]
    for statement in statements_of(paged, tables, overlap=source.overlap, newest=newest):
        yield statement, session.explain(statement.select)


def _is_scan(step: Record) -> bool:
    return step.get("type") == "ALL" and int(step["rows"] or 0) > LARGE
