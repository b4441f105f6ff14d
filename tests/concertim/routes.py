"""Which path leads where, and who may ask. What is not listed is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.concertim import device, people, rack, template
from tests.concertim.answer import Answer, Refused, no_route
from tests.concertim.daemon import Daemon
from tests.concertim.installation import Installation, User
from tests.concertim.page import page
from tests.concertim.request import Request
from tests.concertim.tokens import InvalidToken, Tokens

_ID = "([^/]+)"
_ROUTES: Mapping[tuple[str, str], Callable[[Installation, Request], Any]] = {
    ("GET", "/users/current"): people.current,
    ("GET", "/users"): people.users,
    ("PATCH", f"/users/{_ID}"): people.change_user,
    ("DELETE", f"/users/{_ID}"): people.delete_user,
    ("GET", "/teams"): people.teams,
    ("PATCH", f"/teams/{_ID}"): people.change_team,
    ("DELETE", f"/teams/{_ID}"): people.delete_team,
    ("GET", "/templates"): template.listed,
    ("POST", "/templates"): template.create,
    ("PATCH", f"/templates/{_ID}"): template.change,
    ("DELETE", f"/templates/{_ID}"): template.delete,
    ("GET", "/racks"): rack.listed,
    ("POST", "/racks"): rack.create,
    ("GET", f"/racks/{_ID}"): rack.one,
    ("PATCH", f"/racks/{_ID}"): rack.change,
    ("DELETE", f"/racks/{_ID}"): rack.delete,
    ("GET", "/devices"): device.listed,
    ("POST", "/nodes"): device.create,
    ("GET", f"/devices/{_ID}"): device.one,
    ("PATCH", f"/devices/{_ID}"): device.change,
    ("DELETE", f"/devices/{_ID}"): device.delete,
}
_ANYBODY = ("/users/sign_in.json", "/accounts/sign_in.json", "/", "/users/sign_in")


class Routes:
    """Answers requests, one at a time."""

    def __init__(self, there: Installation) -> None:
        self._there = there
        self.tokens = Tokens(there.clock)
        self.daemon = Daemon(there)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return what a request is answered, after having done what it asks for."""
        parts = urlsplit(target)
        try:
            if parts.path.startswith("/mrd/"):
                return self._of_daemon(method, parts.path, headers, body)
            with self._there.lock:
                if parts.path in _ANYBODY:
                    return self._for_anybody(method, parts.path, body)
                caller = self._caller(headers)
                if not headers.get("Content-Type", "").startswith("application/json"):
                    body = b""  # a form, of which nothing is known here
                return self._of_app(method, parts.path, dict(parse_qsl(parts.query)), body, caller)
        except Refused as refused:
            return refused.answer

    def _of_app(self, method: str, path: str, query: dict[str, str], body: bytes, caller: User) -> Answer:
        path = path.removeprefix("/api/v1")
        if (method, path) == ("GET", "/data-source-maps"):
            return Answer(200, {"unspecified": {"unspecified": {f"device:{one}": one for one in self._there.devices}}})
        for (verb, pattern), handle in _ROUTES.items():
            if verb == ("PATCH" if method == "PUT" else method) and (found := re.fullmatch(pattern, path)):
                done = handle(self._there, Request(found.groups(), query, body, caller))
                return Answer(200, json.loads(json.dumps(done)))  # a copy: it is sent after the lock was given back
        raise no_route()

    def _for_anybody(self, method: str, path: str, body: bytes) -> Answer:
        if method == "POST" and path.endswith("/sign_in.json"):
            return self._login(body)
        if path == "/":
            return Answer(200, page(self._there))
        return Answer(200, "<!doctype html><html><h1>Sign in</h1></html>")

    def _login(self, body: bytes) -> Answer:
        wanted = Request((), {}, body, None).document().get("user") or {}
        for user in self._there.users.values():
            if (wanted.get("login"), wanted.get("password")) == (user.login, user.password):
                token = {"Authorization": f"Bearer {self.tokens.make(user.id)}"}
                return Answer(201, people.user_shown(self._there, user) | {"authentication_token": None}, token)
        return Answer(401, {"error": "Invalid Login or password."})

    def _caller(self, headers: Mapping[str, str]) -> User:
        word, _, token = headers.get("Authorization", "").partition(" ")
        try:
            if word != "Bearer" or not token:
                raise InvalidToken("You need to sign in or sign up before continuing.")
            return self._there.users[self.tokens.user_of(token)]
        except InvalidToken as error:
            if "application/json" not in headers.get("Accept", ""):
                raise Refused(302, "<html>You are being redirected</html>", {"Location": "/users/sign_in"}) from None
            raise Refused(401, {"error": str(error)}) from None

    def _of_daemon(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = path.removeprefix("/mrd/").split("/")
        if len(parts) == 2 and parts[1] == "metrics":
            if method != "PUT":
                raise Refused(405, "")
            self._check_daemon_token(headers)
            return self.daemon.put(parts[0], body)
        if method != "GET":
            raise Refused(405, "")
        return self.daemon.read(parts)

    def _check_daemon_token(self, headers: Mapping[str, str]) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise Refused(401, "no token found\n")
        try:
            self.tokens.check(token)
        except InvalidToken as error:
            text = "token is expired\n" if "expired" in str(error) else "token is unauthorized\n"
            raise Refused(401, text) from None
