"""Rows that could not be loaded as they are: kept with their reason until a complete read no longer meets them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from reporting_pollster.domain.rows import RowProblem
from reporting_pollster.entities.base import Entity
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.tables import Quarantine


def put_aside(connection: Connection, table: str, scope: Scope, problems: Sequence[RowProblem], now: datetime) -> None:
    """Record problems of rows that were meant for a table; one that was met before is only seen again."""
    for problem in problems:
        name = _name(table, scope, problem)
        again = update(Quarantine).where(Quarantine.problem == name).values(last_seen=now, resolved=None)
        if connection.execute(again).rowcount:
            continue
        known = connection.execute(select(Quarantine.problem).where(Quarantine.problem == name)).first()
        if known is None:  # MySQL reports no row for an update that changes nothing
            connection.execute(
                insert(Quarantine).values(
                    problem=name,
                    table_name=table,
                    region=scope.region,
                    source=scope.source,
                    row_key=problem.key[:255],
                    column_name=problem.column[:64],
                    reason=problem.reason,
                    action=problem.action,
                    raw=json.dumps(problem.raw, ensure_ascii=True, default=str),
                    first_seen=now,
                    last_seen=now,
                )
            )


def resolve(connection: Connection, entity: Entity, scope: Scope, since: datetime, now: datetime) -> None:
    """A complete read began at `since`: what it did not meet is over."""
    open_ones = (
        Quarantine.table_name == entity.name,
        Quarantine.region == scope.region,
        Quarantine.source == scope.source,
        Quarantine.last_seen < since,
        Quarantine.resolved.is_(None),
    )
    connection.execute(update(Quarantine).where(*open_ones).values(resolved=now))


def resolve_keys(connection: Connection, table: str, scope: Scope, keys: Collection[str], now: datetime) -> None:
    """The rows with these keys are right by now."""
    these = (
        Quarantine.table_name == table,
        Quarantine.region == scope.region,
        Quarantine.source == scope.source,
        Quarantine.resolved.is_(None),
    )
    known = keys and connection.scalars(select(Quarantine.row_key).where(*these)).all()
    for key in {key for key in known or () if key in keys}:
        connection.execute(update(Quarantine).where(*these, Quarantine.row_key == key).values(resolved=now))


def count_open(connection: Connection, region: str) -> dict[tuple[str, str], int]:
    """Problems that are not resolved, by table and source."""
    query = (
        select(Quarantine.table_name, Quarantine.source, func.count())
        .where(Quarantine.region == region, Quarantine.resolved.is_(None))
        .group_by(Quarantine.table_name, Quarantine.source)
    )
    return {(table, source): int(count) for table, source, count in connection.execute(query)}


def withheld_keys(connection: Connection, entity: Entity, scope: Scope) -> set[tuple[str, ...]]:
    """The keys of rows of a source that are not loaded, each with its parts in alphabetical order."""
    query = select(Quarantine.row_key).where(
        Quarantine.table_name == entity.name,
        Quarantine.region == scope.region,
        Quarantine.source == scope.source,
        Quarantine.action == "withheld",
        Quarantine.resolved.is_(None),
    )
    return {tuple(sorted(key.split(","))) for key in connection.execute(query).scalars()}


def list_open(connection: Connection, region: str, tables: Sequence[str], limit: int) -> list[RowMapping]:
    """Problems that are not resolved, those met last first; of all tables when none is named."""
    conditions = [Quarantine.region == region, Quarantine.resolved.is_(None)]
    if tables:
        conditions.append(Quarantine.table_name.in_(tables))
    order = (Quarantine.last_seen.desc(), Quarantine.table_name, Quarantine.row_key, Quarantine.column_name)
    query = select(Quarantine.__table__).where(*conditions).order_by(*order).limit(limit)
    return list(connection.execute(query).mappings())


def _name(table: str, scope: Scope, problem: RowProblem) -> str:
    parts = [table, scope.region, scope.source, problem.key, problem.column, problem.reason]
    if not problem.key:
        parts.append(json.dumps(problem.raw, sort_keys=True, default=str))
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
