"""How often somebody may try to sign in: guessing a password must be slow, and nobody may lock out all others.

What failed is counted in the memory of this process, by address and name, and by address alone with a larger bound: a
proxy in front of us has one address for everybody.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

WINDOW_SECONDS = 300
_TRIES, _TRIES_OF_ADDRESS = 5, 50
_MOST_KEYS = 10_000


class Patience:
    """Counts failures; whoever has too many must wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, name: str) -> int:
        """After how many seconds the next try may be made; 0 for at once."""
        with self._lock:
            return max(self._wait((address, name), _TRIES), self._wait((address,), _TRIES_OF_ADDRESS))

    def failed(self, address: str, name: str) -> None:
        """Note a failure."""
        with self._lock:
            for key in ((address, name), (address,)):
                self._failures.setdefault(key, []).append(self._clock())
                self._failures.move_to_end(key)
            while len(self._failures) > _MOST_KEYS:
                self._failures.popitem(last=False)

    def _wait(self, key: tuple[str, ...], tries: int) -> int:
        recent = [at for at in self._failures.get(key, ()) if at > self._clock() - WINDOW_SECONDS]
        if recent:
            self._failures[key] = recent
        else:
            self._failures.pop(key, None)
        return int(recent[-tries] + WINDOW_SECONDS - self._clock()) + 1 if len(recent) >= tries else 0
