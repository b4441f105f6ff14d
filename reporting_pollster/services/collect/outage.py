"""Something that we depend on is away: said once, tried again ever more seldom, and said once when it is back."""

from __future__ import annotations

import logging
import random
import time

LOG = logging.getLogger(__name__)

_FIRST_SECONDS = 0.5
_MOST_SECONDS = 30.0


class Outage:
    """What is known of it; `began` and `ended` are what the log says of it."""

    def __init__(self, began: str, ended: str) -> None:
        self._began, self._ended = began, ended
        self._failures = 0
        self._since = 0.0
        self._said: type[Exception] | None = None

    def failed(self, error: Exception) -> float:
        """Note one more failure; returns how many seconds to wait before the next try."""
        if self._said is not type(error):  # also when it gets another reason: unreachable, then refused
            LOG.error("%s, trying again error=%s", self._began, error)
            self._said = type(error)
        if not self._failures:
            self._since = time.monotonic()
        longest = min(_MOST_SECONDS, _FIRST_SECONDS * 2.0 ** min(self._failures, 10))
        self._failures += 1
        return random.uniform(longest / 2, longest)  # many who wait for the same must not come back as one

    def over(self) -> None:
        """It answers."""
        if self._failures:
            LOG.info("%s seconds=%.0f", self._ended, time.monotonic() - self._since)
        self._failures, self._said = 0, None
