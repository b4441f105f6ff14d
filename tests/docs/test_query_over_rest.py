"""The examples of asking over REST run as they are printed, against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.asking import KEY
from tests.api.v2.neighbours import KINDS, Neighbour
from tests.api.v2.served import Server
from tests.reports.warehouse import Warehouse, at
from tests.servers import SQLite
from tests.stores import Stores, engine_of

PAGE = Path(__file__).parents[2] / "docs/how-to/query-over-rest.md"
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(stores: Stores, in_memory: SQLite) -> Iterator[Server]:
    """Return a server over a reporting database with a project that is called as in the examples."""
    with stores.lent(in_memory) as url:
        warehouse = Warehouse(engine_of(url))
        Neighbour("1e" * 16, "okapi", "default").move_in(warehouse)
        warehouse.change("project", {"id": "1e" * 16}, display_name="climate")
        warehouse.read_until(at("10-04 00:00"))
        warehouse.added_up_to(at("10-02 00:00").date(), *KINDS)
        server = Server(url)
        yield server
        server.stop()


def test_every_example_gets_its_answer(server: Server) -> None:
    environment = {**os.environ, "API": server.address, "TOKEN": KEY, "no_proxy": "127.0.0.1"}
    commands = [line for kind, text in _BLOCK.findall(PAGE.read_text()) if kind == "sh" for line in text.splitlines()]
    assert len(commands) > 10

    for command in commands:
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, env=environment, check=False)

        assert done.returncode == 0, (command, done.stderr)
        assert b"okapi" in done.stdout or b"climate" in done.stdout or any(
            word in command for word in ("identity", "/status", "/reports\"", "--output", "-over-time")
        ), command  # fmt: skip


def test_the_loop_over_pages_ends(server: Server) -> None:
    (program,) = (text for kind, text in _BLOCK.findall(PAGE.read_text()) if kind == "python")
    environment = {**os.environ, "API": server.address, "TOKEN": KEY, "no_proxy": "127.0.0.1"}

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)

    assert done.stdout == "okapi-volume okapi display_name 7\n"
