"""The stand-in's daemon, its faults, and its journal."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.concertim import Concertim
from tests.concertim.caller import Caller

METRIC = {"name": "os.load", "type": "double", "value": 1.5, "units": "%", "slope": "both", "ttl": 120}


@pytest.fixture
def device_id(concertim: Concertim) -> str:
    """Return a device that the daemon knows."""
    there = concertim.installation
    rack = there.rack(there.owner("physics", "p1"), "r1")
    made = there.device(rack, there.template("m1", 1), "web", 1)
    there.clock.advance(31)
    return made.id


def test_a_new_device_is_unknown_for_a_while(concertim: Concertim, root: Caller) -> None:  # 31
    there = concertim.installation
    made = there.device(there.rack(there.owner("p"), "r"), there.template("m", 1), "web", 1)
    path = f"/mrd/{made.id}/metrics"

    too_early = root.put(path, METRIC)
    there.clock.advance(6)
    asked = root.put(path, METRIC)
    known = root.put(path, METRIC)

    assert [each.status_code for each in (too_early, asked, known)] == [404, 404, 200]
    assert too_early.json()["errors"][0]["title"] == "Host Not Found"
    there.devices.clear()
    assert root.put(path, METRIC).status_code == 200  # once known, known until it is restarted


@pytest.mark.parametrize(
    ("change", "status", "source"),
    [
        ({"ttl": None}, 422, "ttl"),
        ({"ttl": 0}, 422, "ttl"),
        ({"ttl": "60"}, 400, None),
        ({"value": "1.5"}, 422, "value"),
        ({"value": True}, 422, "value"),
        ({"value": float("nan")}, 400, None),
        ({"type": "uint8", "value": -1}, 422, "value"),
        ({"type": "int8", "value": 1.5}, 422, "value"),
        ({"units": "<"}, 422, "units"),
        ({"slope": "steep"}, 422, "slope"),
        ({"name": " "}, 422, "name"),
    ],
)
def test_a_metric_is_judged(root: Caller, device_id: str, change: Any, status: int, source: str | None) -> None:  # 32
    answer = root.send("PUT", f"/mrd/{device_id}/metrics", None, data=json.dumps(METRIC | change))

    assert answer.status_code == status
    assert answer.json()["errors"][0].get("source") == source


def test_a_value_is_seen_after_the_next_tick_and_until_its_end(
    concertim: Concertim, root: Caller, device_id: str
) -> None:
    root.put(f"/mrd/{device_id}/metrics", METRIC)
    concertim.installation.clock.advance(16)
    shown = root.get(f"/mrd/devices/{device_id}/metrics/current").json()
    everywhere = root.get("/mrd/metrics/os.load/current").json()
    history = root.get(f"/mrd/devices/{device_id}/metrics/os.load/historic/last/hour").json()
    concertim.installation.clock.advance(120)

    assert shown == [{"id": "os.load", "name": "os.load", "nature": "volatile", "units": "%", "value": 1.5}]
    assert everywhere == [{"id": device_id, "value": 1.5}]
    assert [point["value"] for point in history if point["value"] is not None] == [1.5]
    assert root.get(f"/mrd/devices/{device_id}/metrics/current").status_code == 404


def test_the_daemon_refuses_expired_tokens_in_plain_text(concertim: Concertim, root: Caller, device_id: str) -> None:
    concertim.routes.tokens.revoke()  # of which the daemon never hears
    revoked = root.put(f"/mrd/{device_id}/metrics", METRIC)
    concertim.routes.tokens.expire()
    expired = root.put(f"/mrd/{device_id}/metrics", METRIC)

    assert revoked.status_code == 200
    assert (expired.status_code, expired.text) == (401, "token is expired\n")  # 4
    assert "json" not in expired.headers["Content-Type"]


def test_the_daemon_does_not_wait_for_a_body(concertim: Concertim, root: Caller, device_id: str) -> None:  # 33
    body = json.dumps(METRIC).encode()
    head = (
        f"PUT /mrd/{device_id}/metrics HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: {root.session.headers['Authorization']!s}\r\n\r\n"
    ).encode()
    address = ("127.0.0.1", int(concertim.url.rpartition(":")[2]))

    with socket.create_connection(address, timeout=5) as slow:
        slow.sendall(head)
        time.sleep(0.2)
        assert slow.recv(100) == b""
    with socket.create_connection(address, timeout=5) as quick:
        quick.sendall(head + body)
        assert b" 200 " in quick.recv(100)


@pytest.mark.parametrize(
    ("kind", "seen", "made"),
    [
        ("status", 503, 0),
        ("drop", "gone", 0),
        ("reset", "gone", 0),
        ("delay", 200, 1),
        ("lost", "gone", 1),
        ("late", 503, 1),
        ("double", 422, 1),
        ("expire", 401, 0),
    ],
)
def test_faults_happen_as_they_are_written(
    concertim: Concertim, root: Caller, kind: Any, seen: int | str, made: int
) -> None:
    concertim.faults.add(kind, "POST .*/templates")

    def send() -> int | str:
        try:
            return root.post("/templates", {"template": {"name": "m1", "height": 1}}).status_code
        except requests.ConnectionError:
            return "gone"

    assert send() == seen
    assert [each.name for each in concertim.installation.templates.values()].count("m1") == made
    assert [call.fault for call in concertim.journal.writes()] == [kind]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def run(ask: Callable[[Caller], Any]) -> list[str]:
        with Concertim() as concertim:
            caller = Caller(concertim)
            concertim.faults.kinds = ("status",)
            concertim.faults.at_random(0.3, seed=5)
            for _ in range(20):
                ask(caller)
            return [call.fault for call in concertim.journal]

    first, second = run(lambda caller: caller.get("/racks")), run(lambda caller: caller.get("/racks"))

    assert first == second
    assert 0 < first.count("status") < 15


def test_the_journal_never_has_a_password(concertim: Concertim, root: Caller) -> None:
    root.get("/racks")

    assert [(call.method, call.path, call.status) for call in concertim.journal] == [
        ("POST", "/users/sign_in.json", 201),
        ("GET", "/api/v1/racks", 200),
    ]
    assert concertim.password not in repr(list(concertim.journal))
    assert not concertim.journal.writes()


def test_it_starts_by_hand_and_shows_racks() -> None:
    command = [sys.executable, "-m", "tests.concertim", "--port", "0", "--team", "physics=p1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[3]
            page = requests.get(url, timeout=5).text
        finally:
            process.terminate()

    assert "0 racks, 0 devices, 2 templates" in page


def test_the_page_shows_each_device_at_its_place(concertim: Concertim, device_id: str) -> None:
    page = requests.get(f"{concertim.url}/", timeout=5).text

    assert "web <small>Instance · ACTIVE</small>" in page
    assert "r1 <small>physics · ACTIVE</small>" in page
    assert device_id not in page
