"""What a member asks finds its rows by indexes, however much others have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from benchmarks.api import fill, member_questions, plans, questions_of
from reporting_pollster.store.engine import create_store_engine
from reporting_pollster.store.migration import upgrade
from tests.servers import MariaDB


@pytest.fixture(scope="module")
def engine(mariadb: MariaDB) -> Iterator[Engine]:
    """Return a reporting database in which two thousand projects have instances."""
    mariadb.create_database("api")
    engine = create_store_engine(mariadb.url("api"))
    upgrade(engine)
    fill(mariadb, engine, instances=10_000, days=12)
    yield engine
    engine.dispose()
    mariadb.drop_database("api")


def test_no_question_of_a_member_reads_a_large_table_as_a_whole(engine: Engine) -> None:
    found, asked = {}, 0

    for name, ask in member_questions(questions_of(engine)):
        with plans(engine) as scanned:
            ask()
        asked += 1
        if scanned:
            found[name] = scanned

    assert asked > 20
    assert not found


def test_a_whole_table_would_be_noticed(engine: Engine) -> None:
    with plans(engine) as scanned, engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM instance_period p WHERE p.vcpus > 1").all()

    assert scanned == {"p (ALL)"}
