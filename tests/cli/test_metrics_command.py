"""`metrics` from the command line, with the real Gnocchi."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.servers import SQLite
from tests.servers.gnocchi import Gnocchi
from tests.services.metrics.polling import HOUR, every_minute, this_hour
from tests.stores import Stores

pytestmark = pytest.mark.costly


@pytest.fixture
def file(gnocchi: Gnocchi, in_memory: SQLite, stores: Stores, tmp_path: Path) -> Iterator[Path]:
    """Return a file of settings for the Gnocchi and an empty reporting database."""
    path = tmp_path / "pollster.conf"
    with stores.lent(in_memory) as url:
        lines = ["[gnocchi]", "auth = basic", "username = admin", f"endpoint = {gnocchi.url}", "history_days = 2"]
        path.write_text("\n".join(["[reporting]", f"connection = {url}", *lines, ""]))
        yield path
    gnocchi.empty()


def test_poll_says_what_it_did(gnocchi: Gnocchi, file: Path, run: Run) -> None:
    instance = gnocchi.resource("instance", {"memory.usage": "medium"})
    gnocchi.measure(instance, "memory.usage", every_minute(this_hour() - 2 * HOUR, range(90)))

    ended = run("--config-file", file, "metrics", "poll", "--format", "json")

    assert ended.status == 0
    assert {each["kind"]: (each["resources"], each["hours"]) for each in json.loads(ended.out)}["instance"] == (1, 2)


def test_poll_of_a_gnocchi_that_is_not_there_is_one_line(file: Path, run: Run, gnocchi: Gnocchi) -> None:
    file.write_text(file.read_text().replace(gnocchi.url, "http://127.0.0.1:9"))

    ended = run("--config-file", file, "metrics", "poll")

    assert ended.status == 1
    assert ended.err.startswith("Error: Gnocchi does not answer")
    assert ended.err.count("\n") == 1


def test_poll_of_nothing_that_is_known_names_what_is(file: Path, run: Run) -> None:
    ended = run("--config-file", file, "metrics", "poll", "router")

    assert ended.status == 2
    assert "no kind of resource is called router" in ended.err
