"""What a query of somebody unknown may take, on each server."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from sqlalchemy import Engine

from reporting_pollster.errors import QueryTooLong
from reporting_pollster.store.engine import dialect_kind, reading
from reporting_pollster.store.limit import reading_at_most
from tests.stores import engine_of

_NUMBERS = "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {most}) "
_ENDLESS = _NUMBERS + "SELECT count(*) FROM counted a, counted b, counted c, counted d WHERE a.n + b.n = c.n - d.n"
_MANY = _NUMBERS + "SELECT a.n FROM counted a, counted b"


@pytest.fixture
def engine(store_url: str) -> Engine:
    """Return an engine of each server."""
    return engine_of(store_url)


def test_a_query_is_ended_that_takes_too_long(engine: Engine) -> None:
    began = time.monotonic()

    with pytest.raises(QueryTooLong), reading_at_most(engine, 1) as connection:
        connection.exec_driver_sql(_ENDLESS.format(most=900)).all()

    assert time.monotonic() - began < 10


def test_the_limit_ends_with_the_question(engine: Engine) -> None:
    with reading_at_most(engine, 1) as connection:
        connection.exec_driver_sql("SELECT 1").all()
    pause = {"mysql": "SELECT SLEEP(1.2)", "postgresql": "SELECT pg_sleep(1.2)"}.get(dialect_kind(engine))

    with reading(engine) as connection:
        if pause is None:
            time.sleep(1.2)
        connection.exec_driver_sql(pause or _ENDLESS.format(most=25)).all()


def test_rows_that_nobody_reads_are_left_behind(engine: Engine) -> None:
    with suppress(GeneratorExit), reading_at_most(engine, 60) as connection:
        streaming = connection.execution_options(stream_results=True, max_row_buffer=100)
        assert streaming.exec_driver_sql(_MANY.format(most=900)).fetchone() is not None
        raise GeneratorExit
    began = time.monotonic()

    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT 2").scalar_one() == 2

    assert time.monotonic() - began < 5
