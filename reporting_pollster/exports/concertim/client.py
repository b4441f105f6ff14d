"""Requests to Concertim.

Traps: without `Accept` a request that is not let in leads to a sign-in page, which looks like success to who follows;
requests would put a password of ~/.netrc in the place of the token; a cookie would be a second way in. A create is
never repeated blindly: it may have been done although no answer came, so that is told to the caller.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from reporting_pollster.exports.concertim.token import Token
from reporting_pollster.exports.concertim.trouble import (
    AnswerLost,
    ConcertimDenied,
    ConcertimUnavailable,
    ConcertimUnfamiliar,
    Refusal,
    reasons,
)

API = "/api/v1"
_PASSING = (408, 429, 502, 503, 504)
_SIGN_IN = "/users/sign_in.json"


@dataclass(frozen=True)
class Access:
    """Where Concertim is, who we are there, and how patient we are. `daemon_url` is empty behind the usual proxy."""

    url: str
    login: str
    password: str
    daemon_url: str = ""
    ca_file: str = ""
    connect_seconds: float = 5
    read_seconds: float = 30
    tries: int = 5
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 15
    in_flight: int = 4

    def __repr__(self) -> str:
        """Without the password."""
        return f"Access(url={self.url!r}, login={self.login!r})"


class _Passing(Exception):
    """A failure of one try that the next may not have."""


class Client:
    """Sends requests from any number of threads, a few at a time over connections that are kept."""

    def __init__(
        self,
        access: Access,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.access, self._sleep = access, sleep
        self._url = access.url.rstrip("/")
        self._daemon_url = (access.daemon_url or f"{self._url}/mrd").rstrip("/")
        self._session = _session(access)
        self._token = Token(self._login, now)

    def close(self) -> None:
        """Give up the connections."""
        self._session.close()

    def get(self, path: str) -> Any:
        """Return what is at a path of the API."""
        return self._repeated("GET", self._url + API + path, None)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at a path."""
        return self._repeated("PATCH", self._url + API + path, body)

    def delete(self, path: str) -> None:
        """Delete what is at a path, or is not there any more."""
        try:
            self._repeated("DELETE", self._url + API + path, None)
        except Refusal as refusal:
            if refusal.status != 404:
                raise

    def post(self, path: str, body: Any) -> Any:
        """Make something, trying once. Raises AnswerLost when it may have been made or not."""
        try:
            return self._with_token("POST", self._url + API + path, body)
        except _Passing as passing:
            raise AnswerLost(f"no answer to POST {path}: {passing}") from passing

    def put_metric(self, device_id: str, metric: Any) -> None:
        """Send one metric of one device to the daemon."""
        self._repeated("PUT", f"{self._daemon_url}/{device_id}/metrics", metric)

    def pause(self, attempt: int) -> None:
        """Wait before another try."""
        longest = min(self.access.first_pause_seconds * 2.0**attempt, self.access.longest_pause_seconds)
        self._sleep(random.uniform(0, longest))

    def _repeated(self, method: str, url: str, body: Any) -> Any:
        return self._tried(self._with_token, method, url, body)

    def _tried(self, send: Callable[..., Any], method: str, url: str, body: Any) -> Any:
        retrying = Retrying(
            stop=stop_after_attempt(self.access.tries),
            wait=wait_random_exponential(self.access.first_pause_seconds, self.access.longest_pause_seconds),
            retry=retry_if_exception_type(_Passing),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(send, method, url, body)
        except _Passing as passing:
            raise ConcertimUnavailable(
                f"Concertim does not answer {method} {_path(url)}: {passing}",
                hint="check [concertim] url and whether Concertim runs; it is tried again in the next cycle",
                tries=self.access.tries,
            ) from passing

    def _with_token(self, method: str, url: str, body: Any) -> Any:
        token = self._token.current()
        response = self._once(method, url, body, token)
        if response.status_code == 401:
            token = self._token.instead_of(token)
            response = self._once(method, url, body, token)
        if response.status_code == 401:
            denied = ConcertimDenied(
                f"Concertim does not accept its own token for {method} {_path(url)}",
                hint="check that its app and its daemon share one secret, and the clocks of their machines",
            )
            self._token.give_up(token, denied)
            raise denied
        self._token.accepted()
        return _content(method, url, response)

    def _once(self, method: str, url: str, body: Any, token: str) -> requests.Response:
        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            if token:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

        timeout = (self.access.connect_seconds, self.access.read_seconds)
        try:
            response = self._session.request(method, url, json=body, auth=sign, timeout=timeout, allow_redirects=False)
        except requests.exceptions.SSLError as error:
            raise ConcertimUnfamiliar(
                "Concertim's certificate is not accepted", hint="set [concertim] ca_file to who signed it"
            ) from error
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise _Passing(type(error).__name__) from error
        if response.status_code in _PASSING:
            raise _Passing(f"status {response.status_code}")
        return response

    def _login(self) -> str:
        body = {"user": {"login": self.access.login, "password": self.access.password}}
        response = self._tried(self._signed_in, "POST", self._url + _SIGN_IN, body)
        word, _, token = response.headers.get("Authorization", "").partition(" ")
        if response.status_code == 401:
            raise ConcertimDenied(
                "Concertim refused the login", hint="check [concertim] login and password", login=self.access.login
            )
        if response.status_code not in (200, 201) or word != "Bearer" or not token:
            raise ConcertimUnfamiliar(
                "there is no token in the answer to the login",
                hint="check that [concertim] url leads to Concertim",
                status=response.status_code,
            )
        return str(token)

    def _signed_in(self, method: str, url: str, body: Any) -> requests.Response:
        return self._once(method, url, body, "")


def _session(access: Access) -> requests.Session:
    session = requests.Session()
    # who waits for a connection has none in flight
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=access.in_flight, max_retries=0, pool_block=True)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers["Accept"] = "application/json"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    if access.ca_file:
        session.verify = access.ca_file
    return session


def _content(method: str, url: str, response: requests.Response) -> Any:
    status = response.status_code
    try:
        body = response.json()
    except ValueError:
        body = None
    if status >= 400:
        raise Refusal(f"{method} {_path(url)}", status, reasons(body))
    if status >= 300 or body is None:
        raise ConcertimUnfamiliar(
            f"the answer to {method} {_path(url)} is not of Concertim's API",
            hint="check that [concertim] url leads to Concertim and not to its pages or another server",
            status=status,
        )
    return body


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]
