"""`metrics` from the command line, with the real Gnocchi."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.servers import SQLite
from tests.servers.gnocchi import Gnocchi
from tests.services.metrics.polling import HOUR, MINUTE, every_minute, this_hour
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


def now_and_before(gnocchi: Gnocchi, values: Sequence[float]) -> str:
    """A metric `load` of a new resource with a value for each of the last full minutes."""
    resource = gnocchi.resource("instance", {"load": "medium"})
    this_minute = datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
    gnocchi.measure(resource, "load", every_minute(this_minute - len(values) * MINUTE, values))
    return resource


def test_consume_prints_the_last_values(gnocchi: Gnocchi, file: Path, run: Run) -> None:
    host = now_and_before(gnocchi, [1, 8, 4.5])

    ended = run("--config-file", file, "metrics", "consume", "--once", *asked(host))

    heading, _line, *rows, line = ended.out.splitlines()
    assert heading.split() == ["Timestamp", "Granularity", "MEAN"]
    assert [row.split()[2:] for row in rows] == [["60.0", "1.0"], ["60.0", "8.0"], ["60.0", "4.5"]]
    assert line == "▁█▅"


def test_consume_prints_csv_and_json(gnocchi: Gnocchi, file: Path, run: Run) -> None:
    host = now_and_before(gnocchi, [1, 2])

    as_csv = run("--config-file", file, "metrics", "consume", "--once", *asked(host, "max"), "--format", "csv")
    as_json = run("--config-file", file, "metrics", "consume", "--once", *asked(host, "max"), "--format", "json")

    assert [line.split(",")[1:] for line in as_csv.out.splitlines()] == [
        ["Granularity", "MAX"],
        ["60.0", "1.0"],
        ["60.0", "2.0"],
    ]
    assert [row["MAX"] for row in json.loads(as_json.out)] == [1.0, 2.0]


def test_consume_asks_for_what_it_was_not_told(
    gnocchi: Gnocchi, file: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = now_and_before(gnocchi, [3])
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{host}\nload\nmin\n\n"))

    ended = run("--config-file", file, "metrics", "consume", "--once")

    assert ended.status == 0
    assert "Aggregation [mean]: " in ended.out
    assert ended.out.splitlines()[-2].endswith("3.0")


def test_consume_leaves_out_what_still_changes(gnocchi: Gnocchi, file: Path, run: Run) -> None:
    host = gnocchi.resource("instance", {"load": "medium"})
    gnocchi.measure(host, "load", [(datetime.now(UTC).replace(tzinfo=None, microsecond=0), 5)])
    hourly = ("--host", host, "--metric", "load", "--aggregation", "mean", "--granularity", "hour", "--format", "csv")

    final = run("--config-file", file, "metrics", "consume", "--once", *hourly)
    also_open = run("--config-file", file, "metrics", "consume", "--once", "--open", *hourly)

    assert final.out == "Timestamp,Granularity,MEAN\n"
    assert also_open.out.endswith(",3600.0,5.0\n")


@pytest.mark.parametrize(
    ("aggregation", "granularity", "complaint"),
    [("median", "minute", "there are count, max, mean"), ("mean", "17", "there are 60, 3600")],
)
def test_consume_names_what_is_kept(
    gnocchi: Gnocchi, file: Path, run: Run, aggregation: str, granularity: str, complaint: str
) -> None:
    host = now_and_before(gnocchi, [3])

    ended = run("--config-file", file, "metrics", "consume", "--once", *asked(host, aggregation, granularity))

    assert ended.status == 2
    assert complaint in ended.err


def test_consume_of_a_metric_that_is_not_there_is_one_line(file: Path, run: Run) -> None:
    ended = run("--config-file", file, "metrics", "consume", "--once", *asked(str(uuid.uuid4())))

    assert ended.status == 1
    assert "does not exist" in ended.err
    assert ended.err.count("\n") == 1


def test_consume_goes_on_until_it_is_interrupted(gnocchi: Gnocchi, file: Path) -> None:
    host = now_and_before(gnocchi, [3])
    words = ["--config-file", file, "metrics", "consume", *asked(host), "--interval", "1", "--format", "csv"]
    program = Path(sys.executable).with_name("reporting-pollster")
    with subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        headings = 0
        for line in process.stdout:
            headings += line.startswith("Timestamp")
            if headings == 2:
                break
        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=20) == 130
        assert headings == 2


def asked(host: str, aggregation: str = "mean", granularity: str = "minute") -> tuple[str, ...]:
    """Options that leave nothing to be asked for."""
    return ("--host", host, "--metric", "load", "--aggregation", aggregation, "--granularity", granularity)
