"""The one token that all requests share.

Concertim keeps a row for each login for ever, so there is one login for many requests: renewed before it ends, and
once when it is refused. Whoever is refused while others are waits for their login instead of making another one. When
a login fails there is none for a while, and for longer each time.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Callable

from reporting_pollster.errors import PollsterError

_USED_SHARE = 0.9
_UNKNOWN_SECONDS = 3600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0


class Token:
    """`login` returns a new token, or raises; `now` is a clock that never goes back."""

    def __init__(self, login: Callable[[], str], now: Callable[[], float]) -> None:
        self._login, self._now = login, now
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._pause, self._paused_until = _FIRST_PAUSE, 0.0
        self._failure: PollsterError | None = None

    def current(self) -> str:
        """Return a token that should be accepted; raises what the last login did when that is too recent."""
        with self._lock:
            if not self._token or self._now() >= self._renew_at:
                self._renew()
            return self._token

    def instead_of(self, refused: str) -> str:
        """Return another token than one that was refused."""
        with self._lock:
            if self._token in ("", refused):
                self._renew()
            return self._token

    def accepted(self) -> None:
        """Forget how long to pause."""
        self._pause = _FIRST_PAUSE

    def give_up(self, refused: str, error: PollsterError) -> None:
        """Have no token for a while, since not even a new one was accepted."""
        with self._lock:
            if self._token == refused:
                self._fail(error)

    def _renew(self) -> None:
        if self._failure and self._now() < self._paused_until:
            raise self._failure
        try:
            self._token = self._login()
        except PollsterError as error:
            self._fail(error)
            raise
        self._failure = None
        self._renew_at = self._now() + _life_seconds(self._token) * _USED_SHARE

    def _fail(self, error: PollsterError) -> None:
        self._token, self._failure = "", error
        self._paused_until = self._now() + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)


def _life_seconds(token: str) -> float:
    """How long a token is good for, by what it says of itself; by our own clock, for theirs may be wrong."""
    try:
        claims = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return float(told["exp"] - told["iat"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return _UNKNOWN_SECONDS
