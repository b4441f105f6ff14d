"""What holds for every entity, whatever it is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Boolean

from reporting_pollster.entities import catalogue, selected
from reporting_pollster.entities.base import BOOKKEEPING, Entity, Paged
from reporting_pollster.entities.source import SourceQuery
from reporting_pollster.errors import UnknownName
from tests.entities.selects import NEWEST, OPTIONAL, RELEASES, EmptyCloud

ENTITIES = [pytest.param(entity, id=name) for name, entity in catalogue().items()]


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest) -> EmptyCloud:
    return EmptyCloud(request.param)


def queries(entity: Entity) -> dict[str, SourceQuery]:
    source = entity.source
    if isinstance(source, Paged):
        return {"": SourceQuery(source.database, source.select), **source.context}
    return dict(source.inputs)


def labels(entity: Entity) -> list[str]:
    """The names under which rows leave the source, in their order."""
    source = entity.source
    if source.columns:
        return list(source.columns)
    query = next(iter(queries(entity).values()))
    return [column.key for column in query.select(EmptyCloud(NEWEST).tables(query.database)).selected_columns]


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_release_has_what_an_entity_reads(entity: Entity, release: EmptyCloud) -> None:
    rows = release.read(entity.name)

    assert isinstance(rows, list)


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_entity_reads_without_the_optional_databases(entity: Entity) -> None:
    if not {query.database for query in queries(entity).values()} - set(OPTIONAL):
        pytest.skip("left out by the engine when its database is not configured")

    rows = EmptyCloud(without=OPTIONAL).read(entity.name)

    assert isinstance(rows, list)


@pytest.mark.parametrize("entity", ENTITIES)
def test_rows_bring_exactly_the_columns_of_the_table(entity: Entity) -> None:
    added = {*entity.scope, *BOOKKEEPING, *entity.derived}

    assert sorted(labels(entity)) == sorted({column.name for column in entity.target.columns} - added)


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_column_says_what_it_is(entity: Entity) -> None:
    silent = [column.name for column in entity.target.columns if not column.comment]

    assert silent == []
    assert entity.table.__doc__
    assert "\n" not in entity.table.__doc__.strip()


@pytest.mark.parametrize("entity", ENTITIES)
def test_named_columns_exist(entity: Entity) -> None:
    named = {*entity.history, *entity.derived, *entity.closing, *entity.minimum, *filter(None, [entity.seen])}

    assert named <= set(entity.target.columns.keys())
    assert set(entity.after) <= set(catalogue())


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_region_ends_every_key_and_integers_do_not_count_by_themselves(entity: Entity) -> None:
    key = list(entity.target.primary_key)

    assert key[-1].name == "region"
    assert len(key) > 1
    assert all(column.autoincrement is not True for column in key)
    if entity.source.per_cell and not any("uuid" in str(column.comment).lower() for column in key):
        assert "cell_name" in {column.name for column in key}


@pytest.mark.parametrize("entity", ENTITIES)
def test_what_is_closed_by_a_value_can_take_it(entity: Entity) -> None:
    for name, value in entity.closing.items():
        assert isinstance(value, bool) == isinstance(entity.target.c[name].type, Boolean)


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_entity_has_a_test_of_its_own(entity: Entity) -> None:
    assert (Path(__file__).parent / f"test_{entity.name}.py").exists()


def test_parents_come_before_children() -> None:
    order = list(catalogue())

    assert all(order.index(parent) < order.index(name) for name in order for parent in catalogue()[name].after)


def test_a_selection_brings_what_it_comes_after() -> None:
    names = [entity.name for entity in selected(["aggregate_host"])]

    assert names == ["aggregate", "aggregate_host"]


def test_an_unknown_name_is_an_error_with_a_next_step() -> None:
    with pytest.raises(UnknownName, match=r"no table flavor; `reporting-pollster tables`"):
        selected(["flavor"])
