"""Rows that could not be loaded as they are: kept with their reason until a complete read no longer meets them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from reporting_pollster.domain.rows import RowProblem
from reporting_pollster.entities.base import Entity
from reporting_pollster.store.scope import Scope
from reporting_pollster.store.tables import Quarantine


def put_aside(
    connection: Connection, entity: Entity, scope: Scope, problems: Sequence[RowProblem], now: datetime
) -> None:
    """Record problems; one that was met before is only seen again."""
    for problem in problems:
        name = _name(entity, scope, problem)
        again = update(Quarantine).where(Quarantine.problem == name).values(last_seen=now, resolved=None)
        if connection.execute(again).rowcount:
            continue
        known = connection.execute(select(Quarantine.problem).where(Quarantine.problem == name)).first()
        if known is None:  # MySQL reports no row for an update that changes nothing
            connection.execute(
                insert(Quarantine).values(
                    problem=name,
                    table_name=entity.name,
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


def _name(entity: Entity, scope: Scope, problem: RowProblem) -> str:
    parts = [entity.name, scope.region, scope.source, problem.key, problem.column, problem.reason]
    if not problem.key:
        parts.append(json.dumps(problem.raw, sort_keys=True, default=str))
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
