"""The stand-in's clock, which a test may put forward: tokens expire after a day, devices are known after seconds."""

from __future__ import annotations

import time


class Clock:
    """The time in seconds since 1970."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return the time."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += seconds
