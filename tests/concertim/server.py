"""The stand-in at its port: HTTP/1.1 with kept connections, the faults, and the daemon's impatience.

The daemon reads a request for 100 ms only, from the moment a new connection was accepted or the first byte came on a
kept one, and then closes the connection without a word.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.concertim.answer import Answer
from tests.concertim.faults import Fault, Faults
from tests.concertim.installation import Installation, Profile
from tests.concertim.journal import Call, Journal
from tests.concertim.routes import Routes

_UNSEEN = ("status", "drop", "reset")  # faults of requests that never reach the app


class Concertim:
    """A running stand-in: `with Concertim() as concertim:`. What must never be asked for fails at the end."""

    def __init__(self, profile: Profile = "P4", port: int = 0) -> None:
        self.installation = Installation(profile)
        self.routes = Routes(self.installation)
        self.faults, self.journal = Faults(), Journal()
        self.read_seconds = 0.1
        self.most_in_flight = self.connections = 0
        self.flight = threading.Lock()
        self.in_flight = 0
        self.login, self.password = "admin", "admin-password"
        self._server = _Server(("127.0.0.1", port), self)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="concertim", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        assert not self.installation.violations, self.installation.violations

    def serve(self) -> None:
        """Serve until interrupted."""
        with contextlib.suppress(KeyboardInterrupt):
            self._server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: Concertim) -> None:
        super().__init__(address, _Handler)
        self.owner = owner
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        self.owner.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""

    def hang_up(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self._began: float | None = time.monotonic()

    def handle_one_request(self) -> None:
        with contextlib.suppress(OSError):
            if not self.rfile.peek(1):  # type: ignore[attr-defined]
                self.close_connection = True
                return
            self._began = self._began or time.monotonic()
            super().handle_one_request()
            self._began = None
            return
        self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _serve(self) -> None:
        owner = self.server.owner
        body = self._body()
        if body is None:
            owner.journal.note(Call(self.command, self.path, None, 0, False, "slow"))
            self._hang_up()
            return
        with owner.flight:
            owner.in_flight += 1
            owner.most_in_flight = max(owner.most_in_flight, owner.in_flight)
        try:
            self._answer(owner, body)
        finally:
            with owner.flight:
                owner.in_flight -= 1

    def _answer(self, owner: Concertim, body: bytes) -> None:
        fault = owner.faults.next(f"{self.command} {self.path}")
        kind = fault.kind if fault else ""
        if fault and kind == "delay":
            time.sleep(fault.seconds)
        if kind == "expire":
            owner.routes.tokens.expire()
        answer = None
        if kind not in _UNSEEN:
            answer = self._done(owner, body)
        if kind == "double":
            answer = self._done(owner, body)
        answer = _as_seen(fault, answer)
        owner.journal.note(self._call(body, answer, kind))
        if answer is None:
            self._hang_up(hard=kind != "drop")
        else:
            self._send(answer)

    def _done(self, owner: Concertim, body: bytes) -> Answer:
        return owner.routes.answer(self.command, self.path, dict(self.headers.items()), body)

    def _body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length") or 0)
        if not self.path.startswith("/mrd/"):
            return self.rfile.read(length)
        left = self.server.owner.read_seconds - (time.monotonic() - (self._began or 0))
        if left <= 0:
            return None
        self.connection.settimeout(left)
        try:
            return self.rfile.read(length)
        except TimeoutError:
            return None
        finally:
            self.connection.settimeout(None)

    def _call(self, body: bytes, answer: Answer | None, fault: str) -> Call:
        content: Any = "…"
        if "sign_in" not in self.path:
            with contextlib.suppress(ValueError):
                content = json.loads(body) if body else None
        return Call(self.command, self.path, content, answer.status if answer else 0, fault not in _UNSEEN, fault)

    def _send(self, answer: Answer) -> None:
        text = isinstance(answer.body, str)
        kind = "application/json; charset=utf-8"
        if text:
            kind = "text/html; charset=utf-8" if answer.body.startswith("<") else "text/plain; charset=utf-8"
        content = answer.body.encode() if text else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _hang_up(self, *, hard: bool = False) -> None:
        self.close_connection = True
        if hard:  # answered by a reset and not by an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.connection.close() if hard else self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """The journal is enough."""


def _as_seen(fault: Fault | None, answer: Answer | None) -> Answer | None:
    """What comes back of an answer when the way back has a fault, too."""
    if fault and fault.kind in ("drop", "reset", "lost"):
        return None
    if fault and fault.kind in ("status", "late"):
        return Answer(fault.status, f"<html><h1>{fault.status}</h1></html>")
    return answer
