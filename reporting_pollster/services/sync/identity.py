"""Is this still the database that we know? Asked before anything is read from it.

A connection that was changed by mistake to an empty database, or to another region's, has the same tables. But none
of its projects, volume types or services is one that we know. A key that can't be loaded is never known, and where
we hold none (old services have no uuid) nothing can be said.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, true

from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.domain.guard import unfamiliar
from reporting_pollster.errors import SourceRefused
from reporting_pollster.services.sync.context import Work
from reporting_pollster.store.engine import reading

_SOME = 500
_FEW = 3  # of what may come and go, fewer may all be replaced between two cycles


def refuse_strangers(work: Work) -> None:
    """Raise SourceRefused unless a key that the source has is one that we hold (or we hold none)."""
    identity = work.entity.identity
    if identity is None or work.accepted:
        return
    database = work.cloud.find(identity.database, work.scope.cell_name)
    if database is None or _held(work) < (_FEW if work.entity.may_empty else 1):
        return
    query = identity.select(database.tables)
    with database.session() as session:
        keys = [row[0] for row in session.rows(query) if isinstance(row[0], str) and is_storable(row[0])]
    if not keys and work.entity.may_empty:
        return
    reason = unfamiliar(_known(work, keys), len(keys))
    if reason is not None:
        raise SourceRefused(
            f"the {database.name} database is not believed: {reason}",
            hint=f"check the connection; if it is right, run `reporting-pollster sync --accept {work.entity.name}`",
            host=database.host,
        )


def _held(work: Work) -> int:
    """How many rows we hold that could be known again, if only few."""
    target = work.entity.target
    identified = target.c[work.entity.identity_column].is_not(None)
    query = select(target.c.region).where(work.scope.rows_of(target), target.c.active == true(), identified).limit(_FEW)
    with reading(work.engine) as connection:
        return len(connection.execute(query).all())


def _known(work: Work, keys: list[Any]) -> int:
    target = work.entity.target
    column = target.c[work.entity.identity_column]
    found = 0
    with reading(work.engine) as connection:
        for begin in range(0, len(keys), _SOME):
            query = select(func.count()).where(work.scope.rows_of(target), column.in_(keys[begin : begin + _SOME]))
            found += int(connection.execute(query).scalar_one())
            if found:
                break
    return found
