"""A row that no service would have written must not stop the others: it is left to the checks behind."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting_pollster.domain.rows import RowProblem
from reporting_pollster.entities import catalogue
from reporting_pollster.entities.base import Entity, EntitySettings, Inputs, Paged
from reporting_pollster.entities.source import SourceQuery
from tests.entities.selects import EmptyCloud

strange = st.sampled_from(
    (None, "", "x", "default", "{", "[1]", '{"cur": 7}', "0000-00-00 00:00:00", b"", b"\xff", 0, 1, -1, 2**70, True)
) | st.floats(allow_nan=True)


@pytest.fixture(scope="module")
def empty() -> EmptyCloud:
    return EmptyCloud()


def labels(query: SourceQuery, empty: EmptyCloud) -> tuple[str, ...]:
    return tuple(query.select(empty.tables(query.database)).selected_columns.keys())


def rows_of(names: tuple[str, ...]) -> st.SearchStrategy[list[Any]]:
    made: Any = namedtuple("made", names, rename=True)  # type: ignore[misc]
    return st.lists(st.tuples(*(strange for _ in names)).map(lambda values: made(*values)), max_size=4)


@pytest.mark.parametrize("entity", [pytest.param(entity, id=name) for name, entity in catalogue().items()])
def test_strange_values_come_through(entity: Entity, empty: EmptyCloud) -> None:
    source = entity.source
    queries = source.context if isinstance(source, Paged) else source.inputs
    inputs = st.fixed_dictionaries({name: rows_of(labels(query, empty)) for name, query in queries.items()})
    pages_of: st.SearchStrategy[list[Any]] = st.just([])
    if isinstance(source, Paged):
        pages_of = rows_of(labels(SourceQuery(source.database, source.select), empty))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(inputs, pages_of)
    def come_through(given_rows: dict[str, list[Any]], pages: list[Any]) -> None:
        given_inputs = Inputs(given_rows, EntitySettings("RegionOne"), "cell1", frozenset(given_rows))
        if isinstance(source, Paged):
            transform = source.transform(given_inputs) if source.transform else tuple
            made = [transform(tuple(row)) for row in pages]
        else:
            made = list(source.rows(given_inputs)) if source.rows else []
        rows = [row for row in made if not isinstance(row, RowProblem)]
        assert all(len(row) == len(source.columns) for row in rows if source.columns)

    come_through()
