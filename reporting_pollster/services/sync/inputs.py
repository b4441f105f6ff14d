"""Reads the small queries of an entity into memory."""

from __future__ import annotations

import logging
from collections import namedtuple
from typing import Any

from sqlalchemy import Select

from reporting_pollster.entities.base import Inputs
from reporting_pollster.entities.source import SourceQuery
from reporting_pollster.services.sync.context import Origin

LOG = logging.getLogger(__name__)


def labels(select: Select[Any]) -> tuple[str, ...]:
    """The names of a query's columns, in order."""
    return tuple(select.selected_columns.keys())


def read_inputs(origin: Origin) -> Inputs:
    """All of them, as named tuples; those of an optional database that is not configured are empty."""
    rows, present = {}, set()
    for name, query in origin.queries().items():
        if query.optional and origin.cloud.find(query.database, origin.scope.cell_name) is None:
            rows[name] = list[Any]()
            continue
        present.add(name)
        rows[name] = _rows(origin, name, query)
    return Inputs(rows, origin.entity_settings, origin.scope.cell_name, frozenset(present))


def _rows(origin: Origin, name: str, query: SourceQuery) -> list[Any]:
    database = origin.database(query.database)
    select = query.select(database.tables)
    row_type: Any = namedtuple(name, labels(select), rename=True)  # type: ignore[misc]  # known only now
    with database.session(snapshot=True) as session:
        return [row_type(*row) for batch in session.stream(select) for row in batch]
