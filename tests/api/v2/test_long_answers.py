"""An answer of any length takes no more memory than a short one, in a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reporting_pollster.store.engine import writing
from tests.api.v2.served import Server
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse, at
from tests.stores import engine_of

ROWS = 300_000
_FILL = """
INSERT INTO instance_period (region, id, project_id, valid_from, valid_to, state, in_use, known_from, valid_from_origin)
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows})
SELECT '{region}', printf('%08x-0000-4000-8000-000000000000', n), 'p1', '2024-10-01 00:00:00', '2024-10-02 00:00:00',
  'active', 1, '2024-10-02 00:00:00', 'row' FROM counted
"""


@pytest.fixture
def server(tmp_path: Path, store: str, warehouse: Warehouse) -> Iterator[Server]:
    """Return a server over a reporting database with many periods."""
    warehouse.read_until(at("10-04 00:00"))
    with writing(engine_of(store)) as connection:
        connection.exec_driver_sql(_FILL.format(rows=ROWS, region=REGION))
    server = Server(store)
    yield server
    server.stop()


def test_memory_is_flat_while_many_rows_are_streamed(server: Server) -> None:
    lines, measured = 0, []

    with server.stream("/v2/reports/instances?month=2024-10&format=csv") as answer:
        for number, part in enumerate(answer.iter_content(64 * 1024)):
            lines += part.count(b"\n")
            if number % 40 == 0 and lines > ROWS // 20:  # by then caches of a fixed size are full
                measured.append(server.memory_mib())

    assert (answer.status_code, lines) == (200, ROWS + 1)
    assert len(measured) > 5
    assert max(measured) - measured[0] < 10, measured


def test_a_client_that_goes_away_leaves_the_server_as_it_was(server: Server) -> None:
    for _ in range(3):
        with server.stream("/v2/reports/instances?month=2024-10") as answer:
            assert b'"report"' in next(answer.iter_content(1000))

    assert server.stream("/v2/projects").json()["rows"] == []
