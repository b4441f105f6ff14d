"""A list is found by an index, however much other projects had, and however long ago one's own is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from reporting_pollster.services.almanach.entries import KINDS
from reporting_pollster.services.almanach.listing import Listed, Page, _paged, _queries
from reporting_pollster.store.bulk import append
from reporting_pollster.store.companion import whole_metadata
from reporting_pollster.store.engine import reading, writing
from tests.pollster import REGION
from tests.stores import engine_of

PROJECTS, PERIODS = 20, 400
BEGIN = datetime(2024, 1, 1)


@pytest.fixture
def connection(mariadb_store: str) -> Connection:
    engine = engine_of(mariadb_store)
    rows = []
    for number in range(PROJECTS * PERIODS):
        start = BEGIN + timedelta(hours=number // PROJECTS)
        end = None if number % 50 == 0 else start + timedelta(hours=1)
        rows.append((f"r{number}", f"p{number % PROJECTS}", start, end))
    common = {"region": REGION, "state": "active", "in_use": True, "known_from": BEGIN, "valid_from_origin": "row"}
    with writing(engine) as connection:
        for kind in KINDS:
            target = whole_metadata().tables[f"{kind}_period"]
            fixed = common | ({"attached": False} if kind == "volume" else {})
            append(connection, target, ("id", "project_id", "valid_from", "valid_to"), rows, fixed)
    with reading(engine) as connection:
        for kind in KINDS:
            connection.execute(text(f"ANALYZE TABLE {kind}_period"))
        yield connection


def test_a_span_of_a_project_is_read_by_an_index(connection: Connection) -> None:
    late = BEGIN + timedelta(hours=PERIODS - 10)
    for kind in KINDS:
        of_periods, _told = _queries(REGION, kind, Listed((kind,), "p3", late, late + timedelta(hours=5)))
        for query in (of_periods, _paged(of_periods, Page(10, "r5"))):
            compiled = query.compile(connection, compile_kwargs={"literal_binds": True})

            [step] = connection.execute(text(f"EXPLAIN {str(compiled).replace(':', chr(92) + ':')}")).mappings()

            assert step["key"] == f"ix_{kind}_period_project"
            assert int(step["rows"]) < PERIODS / 4, dict(step)
