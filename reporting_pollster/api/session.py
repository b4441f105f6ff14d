"""Sessions of the web page: a sealed cookie, so that nothing has to be kept here and any worker knows it.

The token is in the cookie, encrypted: no script of a page can read it (HttpOnly), and neither can whoever finds it.
Other sites cannot have the browser send it (SameSite=Strict); what changes something must also name the session's
other half in a header, which only our page knows.

The trap is a key that each worker made for itself: then every second request is signed out. So the key that is made
without a setting is made once per process, before workers are forked if this module is imported by then.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from flask import Request, Response
from werkzeug.exceptions import Forbidden

COOKIE = "reporting_session"
HEADER = "X-CSRF-Token"
LONGEST = timedelta(hours=8)
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_PATHS = ("/v2", "/session")
_LONGEST_COOKIE = 3900  # browsers drop longer ones without a word
_OF_THIS_PROCESS = secrets.token_hex(32)


class Session(NamedTuple):
    """Somebody who signed in. `is_ours` says that the token was made by the sign-in, and ends with the session."""

    token: str
    expires: datetime
    csrf: str
    is_ours: bool = False


class Sessions:
    """Seals sessions and opens them; with an empty key by one that lasts as long as the process."""

    def __init__(self, key: str = "") -> None:
        digest = sha256(b"reporting-pollster session " + (key or _OF_THIS_PROCESS).encode()).digest()
        self._box = Fernet(urlsafe_b64encode(digest))

    def begun(self, token: str, expires: datetime | None, now: datetime, *, is_ours: bool = False) -> Session:
        """A session that begins; it ends with its token, and not later than in eight hours."""
        latest = (now + LONGEST).replace(microsecond=0)
        return Session(token, min(expires or latest, latest), secrets.token_urlsafe(24), is_ours)

    def of(self, request: Request) -> Session | None:
        """The session that a request's cookie tells of, None without one that is good."""
        cookie = request.cookies.get(COOKIE)
        if not cookie or len(cookie) > _LONGEST_COOKIE:
            return None
        session = self._opened(cookie)
        return session if session is not None and session.expires > _now() else None

    def token_of(self, request: Request) -> str | None:
        """The token of a request's session. Raises Forbidden for a change that the page did not ask for itself."""
        if not request.path.startswith(_PATHS):
            return None  # what programs use is not for a browser's cookie
        session = self.of(request)
        if session is None:
            return None
        sent = request.headers.get(HEADER, "")
        if request.method not in _HARMLESS and not hmac.compare_digest(sent.encode(), session.csrf.encode()):
            raise Forbidden(f"a change needs the header {HEADER}")
        return session.token

    def begin(self, answer: Response, session: Session, request: Request) -> bool:
        """Give the cookie to the browser; False if the token is too long for one."""
        content = [session.token, int(session.expires.timestamp()), session.csrf, session.is_ours]
        sealed = self._box.encrypt(json.dumps(content).encode()).decode("ascii")
        if len(sealed) > _LONGEST_COOKIE:
            return False
        seconds = max(0, int((session.expires - _now()).total_seconds()))
        answer.set_cookie(COOKIE, sealed, max_age=seconds, **_place(request))  # type: ignore[arg-type]
        return True

    def end(self, answer: Response, request: Request) -> None:
        """Take the cookie away from the browser."""
        answer.delete_cookie(COOKIE, **_place(request))  # type: ignore[arg-type]

    def _opened(self, cookie: str) -> Session | None:
        try:
            token, expires, csrf, is_ours = json.loads(self._box.decrypt(cookie.encode()))
        except (InvalidToken, ValueError):
            return None
        return Session(token, datetime.fromtimestamp(expires, UTC), csrf, is_ours)


def _place(request: Request) -> dict[str, object]:
    path = request.script_root or "/"
    return {"path": path, "secure": request.is_secure, "httponly": True, "samesite": "Strict"}


def _now() -> datetime:
    return datetime.now(UTC)
