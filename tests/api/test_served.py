"""The API as it is served: by our command and by gunicorn's own, asked over a socket."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.api.asking import KEY
from tests.api.reports import fill
from tests.reports.warehouse import Warehouse
from tests.servers.daemon import Daemon, free_port

BIN = Path(sys.prefix) / "bin"
SETTINGS = "[reporting]\nconnection = {url}\n[api]\nprivate_key = {key}\nworkers = 1\n"
Serve = Callable[..., str]


@pytest.fixture
def settings(store: str, warehouse: Warehouse, tmp_path: Path) -> Path:
    """Return a file of settings for a store with rows."""
    fill(warehouse)
    file = tmp_path / "api.conf"
    file.write_text(SETTINGS.format(url=store, key=KEY))
    return file


@pytest.fixture
def serve(settings: Path) -> Iterator[Serve]:
    """Return what starts a server and gives its address; words may name {settings} and {port}."""
    daemons = []

    def start(*words: str) -> str:
        daemon = Daemon("api", ours=True)
        daemons.append(daemon)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = f"REPORTING_POLLSTER_CONFIG={settings}"
        command = [word.format(settings=settings, port=port) for word in words]
        daemon.start("/usr/bin/env", environment, *command, ready=lambda: requests.get(url, timeout=5), stop="TERM")
        return url

    yield start
    for daemon in daemons:
        daemon.stop()


@pytest.mark.parametrize(
    "words",
    [
        (f"{BIN}/reporting-pollster", "--config-file", "{settings}", "api", "--port", "{port}"),
        (f"{BIN}/gunicorn", "--bind", "127.0.0.1:{port}", "reporting_pollster.api:create_app()"),
    ],
    ids=["command", "gunicorn"],
)
def test_the_api_is_served(serve: Serve, words: tuple[str, ...]) -> None:
    url = serve(*words)
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-Auth-Token"] = KEY

        versions = session.get(f"{url}/")
        listed = session.get(f"{url}//v1/reports/")  # as established clients join a URL
        packed = session.get(f"{url}/v1/reports/instance?sort=id")
        plain = session.get(f"{url}/v1/reports/instance?sort=id", headers={"Accept-Encoding": "identity"})
        head = session.head(f"{url}/v1/reports/instance")
        refused = session.get(f"{url}/v1/reports", headers={"X-Auth-Token": "wrong"})

    assert (versions.status_code, versions.json()[0]["links"]["reports"]) == (300, "/v1/reports")
    assert any(each["name"] == "instance" for each in listed.json())
    assert (packed.headers["Content-Encoding"], packed.headers["Transfer-Encoding"]) == ("gzip", "chunked")
    assert packed.json() == plain.json() != []
    assert (head.status_code, head.headers["Allow"]) == (405, "GET,OPTIONS")
    assert refused.status_code == 401


def test_what_cannot_be_served_ends_with_one_line(settings: Path) -> None:
    settings.write_text(settings.read_text().replace(KEY, "secret"))

    command = [f"{BIN}/reporting-pollster", "--config-file", str(settings), "api", "--port", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 2
    assert ended.stderr.startswith("Error: [api] private_key is a word that everybody knows")
    assert ended.stderr.count("\n") == 1
