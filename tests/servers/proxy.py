"""A line to a server that can be cut: for connections that break in the middle of an answer."""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self

_CHUNK = 256  # bytes passed on at once: so a cut is exact to that


class Proxy:
    """Passes bytes on between its own port and a server's, until `cut_after` bytes of answers have passed."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._left: int | None = None
        self._lines: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self._cut()

    def cut_after(self, answered: int | None) -> None:
        """Cut all lines after so many bytes of answers, and let none through from then on; None mends it."""
        self._left = answered

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(self._server)
                self._lines += [client, server]
                threading.Thread(target=self._pass_on, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(server, client, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if answers and self._left is not None:
                    self._left -= len(data)
                    if self._left < 0:
                        self._cut()
                        return
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()
