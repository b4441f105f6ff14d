"""The cookbook's queries run as they are printed, on every server, and their answers are those that it shows.

After a change of a query or of the sample cloud: `pytest tests/docs/test_cookbook.py --write-answers`
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from reporting_pollster.store.engine import reading
from tests.docs.cookbook import PAGE, answered, ask, recipes

pytestmark = pytest.mark.costly

INSTANCE = "608ceedc-03d6-4547-b2b1-89967926f05b"


def test_every_query_answers_as_shown(engine: Engine, request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text()
    found = list(recipes(page))
    assert len(found) == page.count("```sql") >= 20
    assert len({recipe.title for recipe in found}) == len(found)

    answers = {recipe.title: ask(engine, recipe.sql) for recipe in found}

    if request.config.getoption("--write-answers") and engine.dialect.name == "sqlite":
        PAGE.write_text(answered(page, answers))
        found = list(recipes(PAGE.read_text()))
    wrong = {
        recipe.title: (recipe.answer, answers[recipe.title])
        for recipe in found
        if not recipe.is_answered_by(answers[recipe.title])
    }
    assert not wrong, "the page is stale: run this test with --write-answers"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT * FROM usage_month WHERE month = '2025-06'", "ix_usage_day_day"),
        ("SELECT * FROM usage_month WHERE month = '2025-06' AND project_id = 'p'", "ix_usage_day_project_id_day"),
        ("SELECT * FROM usage_by_resource WHERE day BETWEEN '2025-06-01' AND '2025-06-30'", "ix_usage_day_day"),
        (f"SELECT * FROM instance_period_current WHERE id = '{INSTANCE}'", "ix_instance_period_resource"),
        (f"SELECT * FROM idle_resource WHERE id = '{INSTANCE}'", "ix_instance_period_resource"),
    ],
)
def test_a_view_finds_what_is_asked_for_by_an_index(engine: Engine, query: str, index: str) -> None:
    command = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"

    with reading(engine) as connection:
        steps = [dict(row) for row in connection.exec_driver_sql(f"{command} {query}").mappings()]

    if engine.dialect.name == "mysql":
        used = {str(step["key"]) for step in steps}
        whole = {step["table"] for step in steps if step["type"] in ("ALL", "index")}
    else:
        plan = "\n".join(str([*step.values()][-1]) for step in steps)
        used = set(re.findall(r"\bix_\w+", plan))
        whole = set(re.findall(r"(?:Seq Scan on|SCAN) (\w+)", plan))
    assert index in used, steps
    assert not whole & {"usage_day", "instance_period"}, steps
