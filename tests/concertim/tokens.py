"""JSON web tokens as the app makes them: HS256, good for a day; the app has a list of its own, the daemon has none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from tests.concertim.clock import Clock

LIFE_SECONDS = 24 * 3600


class InvalidToken(Exception):
    """Why a token is not accepted."""


class Tokens:
    """Makes tokens and judges them."""

    def __init__(self, clock: Clock, secret: bytes = b"shared by the app and the daemon") -> None:
        self._clock, self._secret = clock, secret
        self._allowed: set[str] = set()
        self.life_seconds = LIFE_SECONDS

    def make(self, user_id: str) -> str:
        """Return a new token of a user."""
        now = int(self._clock.now())
        claims = {"sub": user_id, "scp": "user", "jti": str(uuid.uuid4()), "iat": now, "exp": now + self.life_seconds}
        self._allowed.add(str(claims["jti"]))
        head = _part({"alg": "HS256"}) + b"." + _part(claims)
        return (head + b"." + self._signature(head)).decode()

    def expire(self) -> None:
        """Let all tokens expire."""
        self._clock.advance(self.life_seconds + 1)

    def revoke(self) -> None:
        """Let the app accept none of the tokens made so far."""
        self._allowed.clear()

    def user_of(self, token: str) -> str:
        """Return whose token it is, for the app."""
        claims = self._claims(token)
        if claims["jti"] not in self._allowed:
            raise InvalidToken("revoked token")
        return str(claims["sub"])

    def check(self, token: str) -> None:
        """Accept it for the daemon, which asks nobody whether it was revoked."""
        self._claims(token)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            head, _, signature = token.encode().rpartition(b".")
            if not hmac.compare_digest(self._signature(head), signature):
                raise InvalidToken("Signature verification failed")
            claims: dict[str, Any] = json.loads(_bytes(head.split(b".")[1]))
        except (ValueError, IndexError) as error:
            raise InvalidToken("Not enough or too many segments") from error
        if claims["exp"] <= self._clock.now():
            raise InvalidToken("Signature has expired")
        return claims

    def _signature(self, head: bytes) -> bytes:
        return _encoded(hmac.new(self._secret, head, hashlib.sha256).digest())


def _part(value: Any) -> bytes:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _bytes(part: bytes) -> bytes:
    return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
