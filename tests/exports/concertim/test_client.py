"""Signing in, trying again, giving up."""

from __future__ import annotations

import http.server
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from reporting_pollster.exports.concertim.client import Access, Client
from reporting_pollster.exports.concertim.reading import read
from reporting_pollster.exports.concertim.trouble import (
    AnswerLost,
    ConcertimDenied,
    ConcertimUnavailable,
    ConcertimUnfamiliar,
    Refusal,
    reasons,
)
from tests.concertim import Concertim
from tests.exports.concertim.cycles import Waits, client_of

METRIC = {"name": "os.load", "type": "double", "value": 1.5, "units": "%", "slope": "both", "ttl": 120}
TEMPLATE = {"template": {"name": "m1", "height": 1}}


def test_a_wrong_password_is_told_without_it_and_not_tried_again_at_once(concertim: Concertim, waits: Waits) -> None:
    client = client_of(concertim, waits, password="not-it")  # 1, 5

    for _ in range(3):
        with pytest.raises(ConcertimDenied, match="login") as denied:
            client.get("/racks")
    waits.time += 6
    with pytest.raises(ConcertimDenied):
        client.get("/racks")
    waits.time += 6  # the second pause is longer
    with pytest.raises(ConcertimDenied):
        client.get("/racks")

    assert len(concertim.journal.logins()) == 2
    assert "not-it" not in str(denied.value) + repr(client.access)


def test_many_requests_need_one_login_and_few_connections(concertim: Concertim, client: Client) -> None:  # 2
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.get("/racks"), range(64)))

    assert len(concertim.journal.logins()) == 1
    assert concertim.most_in_flight <= 4
    assert concertim.connections <= 4


def test_a_token_is_renewed_before_it_ends(concertim: Concertim, client: Client, waits: Waits) -> None:
    client.get("/racks")
    waits.time += 0.89 * 24 * 3600
    client.get("/racks")
    before = len(concertim.journal.logins())
    waits.time += 0.02 * 24 * 3600
    client.get("/racks")

    assert (before, len(concertim.journal.logins())) == (1, 2)


def test_a_token_that_ends_early_is_replaced_once_for_all(concertim: Concertim, client: Client) -> None:  # 3
    client.get("/racks")
    concertim.routes.tokens.expire()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/users/current")["login"], range(32)))

    assert answers == ["admin"] * 32
    assert len(concertim.journal.logins()) == 2


def test_a_create_refused_for_its_token_is_done_once(concertim: Concertim, client: Client) -> None:  # 3
    client.get("/racks")
    concertim.faults.add("expire", "POST .*/templates")

    made = client.post("/templates", TEMPLATE)

    assert made["name"] == "m1"
    assert [each.name for each in concertim.installation.templates.values()].count("m1") == 1


def test_the_daemon_refuses_in_plain_text(concertim: Concertim, client: Client) -> None:  # 4
    there = concertim.installation
    team = next(iter(there.teams.values()))
    device = there.device(there.rack(team, "r"), there.template("m", 1), "web", 1)
    there.clock.advance(31)
    client.get("/racks")
    concertim.routes.tokens.expire()

    client.put_metric(device.id, METRIC)

    assert len(concertim.journal.logins()) == 2
    assert len(concertim.routes.daemon.posts) == 1


def test_a_new_device_and_a_bad_metric_are_refused_one_by_one(concertim: Concertim, client: Client) -> None:
    with pytest.raises(Refusal, match="Host Not Found") as unknown:  # 31
        client.put_metric("new", METRIC)
    there = concertim.installation
    device = there.device(there.rack(next(iter(there.teams.values())), "r"), there.template("m", 1), "web", 1)
    there.clock.advance(31)
    with pytest.raises(Refusal, match="ttl") as bad:  # 32
        client.put_metric(device.id, METRIC | {"ttl": 0})

    assert (unknown.value.status, bad.value.status) == (404, 422)


def test_a_connection_that_the_daemon_closed_is_opened_again(concertim: Concertim, client: Client) -> None:  # 33
    there = concertim.installation
    device = there.device(there.rack(next(iter(there.teams.values())), "r"), there.template("m", 1), "web", 1)
    there.clock.advance(31)
    concertim.faults.add("drop", "PUT /mrd/.*", times=2)

    client.put_metric(device.id, METRIC)

    assert [call.fault for call in concertim.journal.of("PUT", "/mrd")] == ["drop", "drop", ""]


def test_an_account_that_is_not_root_is_refused(concertim: Concertim) -> None:  # 7
    concertim.installation.user("eve", "eve")
    concertim.journal.clear()

    with pytest.raises(ConcertimDenied, match="root"):
        read(client_of(concertim, login="eve", password="eve"))

    assert not concertim.journal.writes()


def test_pages_and_redirects_are_no_answers(concertim: Concertim, tmp_path: Path) -> None:  # 6
    class Pages(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("Authorization", "Bearer a.b.c")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(302 if self.path.endswith("racks") else 200)
            self.send_header("Location", "/users/sign_in")
            self.end_headers()
            self.wfile.write(b"<html>Sign in</html>")

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        client = Client(Access(f"http://127.0.0.1:{server.server_port}", "admin", "x"))
        with pytest.raises(ConcertimUnfamiliar):
            client.get("/racks")
        with pytest.raises(ConcertimUnfamiliar):
            client.get("/users")
        server.shutdown()


@pytest.mark.parametrize("kind", ["status", "drop", "reset", "lost", "late"])
def test_what_passes_is_tried_again_after_a_while(
    concertim: Concertim, client: Client, waits: Waits, kind: Any
) -> None:  # 35
    concertim.faults.add(kind, "GET .*/racks", times=3)

    assert client.get("/racks") == []
    assert len(waits.waited) == 3
    assert all(wait <= 15 for wait in waits.waited)


def test_tries_come_to_an_end(concertim: Concertim, client: Client) -> None:  # 35
    concertim.faults.add("status", "GET .*/racks", times=100)

    with pytest.raises(ConcertimUnavailable, match="503"):
        client.get("/racks")

    assert len(concertim.journal.of("GET", "/api/v1/racks")) == 5


def test_a_create_is_never_repeated_blindly(concertim: Concertim, client: Client) -> None:
    concertim.faults.add("lost", "POST .*/templates")

    with pytest.raises(AnswerLost):
        client.post("/templates", TEMPLATE)

    assert len(concertim.journal.of("POST", "/api/v1/templates")) == 1


def test_what_is_gone_already_was_deleted(client: Client) -> None:  # 23
    client.delete("/racks/none")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": 400, "error": "param is missing"}, {"base": ("param is missing",)}),
        ({"errors": {"record": ["Not found"]}}, {"record": ("Not found",)}),
        ({"name": [{"error": "taken"}]}, {"name": ("taken",)}),
        ({"name": ["has already been taken"]}, {"name": ("has already been taken",)}),
        ({"errors": "rack is not empty"}, {"base": ("rack is not empty",)}),
        ({"errors": [{"status": "500", "title": "NameError", "description": "no"}]}, {"base": ("NameError no",)}),
        ([], {}),
        (None, {}),
    ],
)
def test_every_shape_of_an_error_is_understood(body: Any, expected: Any) -> None:
    assert reasons(body) == expected


def test_nothing_secret_is_logged(concertim: Concertim, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get("/racks")

    assert concertim.password not in caplog.text
    assert "Bearer" not in caplog.text
