"""A client that sends what a test says, without any judgement of its own."""

from __future__ import annotations

from typing import Any

import requests

from tests.concertim import Concertim


class Caller:
    """Signed in as root, unless `login` says as whom."""

    def __init__(self, concertim: Concertim, login: str = "admin", password: str = "admin-password") -> None:
        self._url = concertim.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Accept"] = "application/json"
        answer = self.post("/users/sign_in.json", {"user": {"login": login, "password": password}})
        self.session.headers["Authorization"] = answer.headers["Authorization"]

    def send(self, verb: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Send a request; a path without a leading /mrd or /users/sign_in is below the API."""
        whole = path if path.startswith(("/mrd", "/users/sign_in")) else f"/api/v1{path}"
        return self.session.request(verb, self._url + whole, json=body, timeout=5, allow_redirects=False, **more)

    def get(self, path: str) -> requests.Response:
        """GET"""
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> requests.Response:
        """POST"""
        return self.send("POST", path, body)

    def patch(self, path: str, body: Any) -> requests.Response:
        """PATCH"""
        return self.send("PATCH", path, body)

    def put(self, path: str, body: Any) -> requests.Response:
        """PUT"""
        return self.send("PUT", path, body)

    def delete(self, path: str) -> requests.Response:
        """DELETE"""
        return self.send("DELETE", path)
