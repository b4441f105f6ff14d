"""An answer of any length takes no more memory than a short one, in a real server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from reporting_pollster.store.engine import writing
from tests.api.asking import KEY
from tests.pollster import REGION
from tests.reports.warehouse import Warehouse, at
from tests.servers.daemon import Daemon, free_port
from tests.stores import engine_of

ROWS = 300_000
_MIB = 2**20
_FILL = """
INSERT INTO instance_period (region, id, project_id, valid_from, valid_to, state, in_use, known_from, valid_from_origin)
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows})
SELECT '{region}', printf('%08x-0000-4000-8000-000000000000', n), 'p1', '2024-10-01 00:00:00', '2024-10-02 00:00:00',
  'active', 1, '2024-10-02 00:00:00', 'row' FROM counted
"""


class Server:
    """Our API as gunicorn serves it, with one process that answers."""

    def __init__(self, store_url: str) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        self._daemon = Daemon("api", ours=True)
        settings = (f"OS_REPORTING__CONNECTION={store_url}", f"OS_API__PRIVATE_KEY={KEY}", "PYTHONWARNINGS=ignore")
        bind = ("--bind", self.address.removeprefix("http://"), "--workers", "1", "--timeout", "120")
        command = (sys.executable, "-m", "gunicorn", *bind, "reporting_pollster.api:create_app()")
        self._daemon.start("/usr/bin/env", *settings, *command, ready=self._is_ready)

    def memory_mib(self) -> float:
        """Resident memory of the process that answers."""
        mine = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
        port = int(self.address.rpartition(":")[2])
        pids = {each.pid for each in mine if each.laddr.port == port and each.pid is not None}
        return max(psutil.Process(pid).memory_info().rss for pid in pids) / _MIB

    def stream(self, path: str) -> requests.Response:
        return requests.get(self.address + path, headers={"X-Auth-Token": KEY}, stream=True, timeout=60)

    def stop(self) -> None:
        self._daemon.stop()

    def _is_ready(self) -> None:
        requests.get(f"{self.address}/openapi.json", timeout=5).raise_for_status()


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
