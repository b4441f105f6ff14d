"""What was asked of the stand-in, in order; never a password."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

_WRITING = ("POST", "PATCH", "PUT", "DELETE")


class Call(NamedTuple):
    """One request. Status 0: it was never answered. `done`: what it asked for was tried, answered or not."""

    method: str
    path: str
    body: Any
    status: int
    done: bool
    fault: str = ""

    @property
    def writes(self) -> bool:
        """Whether it may change something (a login does not)."""
        return self.method in _WRITING and not self.path.endswith("/sign_in.json")


class Journal:
    """All calls since the start or since it was last cleared."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def note(self, call: Call) -> None:
        """Add a call."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()

    def __iter__(self) -> Iterator[Call]:
        """Go through the calls up to now."""
        with self._lock:
            return iter(list(self._calls))

    def writes(self) -> list[Call]:
        """Return the calls that may have changed something."""
        return [call for call in self if call.writes]

    def of(self, method: str, beginning: str) -> list[Call]:
        """Return the calls of a verb below a path."""
        return [call for call in self if call.method == method and call.path.startswith(beginning)]

    def logins(self) -> list[Call]:
        """Return all attempts to sign in."""
        return self.of("POST", "/users/sign_in") + self.of("POST", "/accounts/sign_in")
