"""Signing in with a browser: what the cookie is good for, and what it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from flask import Request, Response
from flask.testing import FlaskClient
from requests import HTTPError
from werkzeug.test import EnvironBuilder, TestResponse

from reporting_pollster.api.patience import WINDOW_SECONDS, Patience
from reporting_pollster.api.session import COOKIE, HEADER, LONGEST, Session, Sessions
from tests.api.asking import KEY, Asking
from tests.servers.keystone import ADMINISTRATOR, PASSWORD, Keystone
from tests.servers.proxy import Proxy

ROLE = "reporting_viewer"


class Browser:
    """Keeps cookies, and nothing else."""

    def __init__(self, ask: Asking) -> None:
        self.client: FlaskClient = ask.app.test_client()

    def sign_in(self, **document: Any) -> TestResponse:
        return self.client.post("/session", json=document, buffered=True)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **options)

    @property
    def cookie(self) -> str:
        found = self.client.get_cookie(COOKIE)
        return "" if found is None else found.value


def sealed(sessions: Sessions, session: Session) -> str:
    """The cookie of a session."""
    answer = Response()
    sessions.begin(answer, session, Request(EnvironBuilder().get_environ()))
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value


@pytest.fixture
def browser(ask: Asking) -> Browser:
    """Return a browser that has the page of an API with the private key alone."""
    return Browser(ask)


@pytest.fixture
def keystone_ask(store: str, asking: Callable[..., Asking], keystone_file: Callable[..., Path]) -> Asking:
    """Return an API that asks keystone, and accepts the private key as well."""
    return asking(store, strategy=("private_key", "keystone"), required_role=ROLE, files=(keystone_file(),))


def test_who_signed_in_reads_what_the_token_reads(browser: Browser) -> None:
    assert browser.get("/v2/identity").status_code == 401

    answer = browser.sign_in(token=KEY)

    assert (answer.status_code, answer.json["reads"]) == (200, "everything")
    assert browser.get("/v2/identity").json["kind"] == "private_key"
    assert browser.get("/session").json["signed_in"] is True


def test_no_script_and_no_other_site_has_the_cookie(browser: Browser) -> None:
    answer = browser.sign_in(token=KEY)
    secure = browser.client.post("/session", json={"token": KEY}, base_url="https://localhost")

    plain, encrypted = (SimpleCookie(each.headers["Set-Cookie"])[COOKIE] for each in (answer, secure))
    assert (plain["httponly"], plain["samesite"], plain["path"], plain["secure"]) == (True, "Strict", "/", "")
    assert encrypted["secure"] is True
    assert int(plain["max-age"]) <= LONGEST.total_seconds()
    assert KEY not in answer.headers["Set-Cookie"] + answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_is_good_below_v2_only(browser: Browser) -> None:
    browser.sign_in(token=KEY)

    assert browser.get("/v2/projects").status_code == 200
    assert browser.get("/v1/reports/instance").status_code == 401


def test_the_header_counts_before_the_cookie(browser: Browser) -> None:
    browser.sign_in(token=KEY)

    assert browser.get("/v2/identity", headers={"X-Auth-Token": "wrong"}).status_code == 401


def test_a_change_needs_what_only_the_page_knows(browser: Browser) -> None:
    csrf = browser.sign_in(token=KEY).json["csrf"]

    refused = [browser.client.delete("/session", headers={HEADER: sent}).status_code for sent in ("", "wrong")]
    still = browser.get("/session").json["signed_in"]
    done = browser.client.delete("/session", headers={HEADER: csrf})

    assert (refused, still, done.status_code) == ([403, 403], True, 204)
    assert browser.get("/session").json["signed_in"] is False
    assert browser.get("/v2/identity").status_code == 401


def test_a_page_of_another_site_cannot_sign_anybody_in(browser: Browser) -> None:
    other = browser.client.post("/session", json={"token": KEY}, headers={"Sec-Fetch-Site": "cross-site"})
    form = browser.client.post("/session", data={"token": KEY})

    assert (other.status_code, form.status_code) == (403, 415)
    assert browser.cookie == ""


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"token": 1},
        {"token": KEY, "user": "a", "password": "b"},
        {"user": "a"},
        {"password": "b"},
        {"token": KEY, "more": "x"},
        {"user": "a", "password": "b", "scope": []},
        {"user": "a", "password": "b", "scope": {"trust_id": "x"}},
        {"user": "a", "password": "b", "scope": {"project_id": {}}},
        {"user": "a", "password": "b"},  # no keystone is asked here
    ],
)
def test_a_document_of_another_form_is_refused(browser: Browser, document: Any) -> None:
    answer = browser.client.post("/session", json=document)

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_a_cookie_that_was_made_up_changed_or_sealed_by_others_is_none(browser: Browser) -> None:
    browser.sign_in(token=KEY)
    good = browser.cookie
    now = datetime.now(UTC)
    foreign = Sessions("another key of the right length....")
    session = foreign.begun(KEY, None, now)

    for cookie in ("", "x", good[:-4] + "AAA=", good[:40], "ä" * 20, "x" * 4000, KEY):
        browser.client.set_cookie(COOKIE, cookie)
        assert browser.get("/v2/identity").status_code == 401, cookie
    browser.client.set_cookie(COOKIE, sealed(foreign, session))
    assert browser.get("/v2/identity").status_code == 401


def test_a_session_ends_with_its_token_or_after_eight_hours() -> None:
    now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    sessions = Sessions("a key")

    assert sessions.begun("t", None, now).expires == now + LONGEST
    assert sessions.begun("t", now + timedelta(days=1), now).expires == now + LONGEST
    assert sessions.begun("t", now + timedelta(hours=1), now).expires == now + timedelta(hours=1)


def test_a_session_that_is_over_is_none(browser: Browser) -> None:
    sessions = Sessions()  # the key of this process, as the API has it
    now = datetime.now(UTC)
    over = sessions.begun(KEY, None, now)._replace(expires=now - timedelta(seconds=1))
    browser.client.set_cookie(COOKIE, sealed(sessions, over))

    assert browser.get("/v2/identity").status_code == 401
    assert browser.get("/session").json["signed_in"] is False


def test_with_a_session_key_every_process_knows_the_cookie(store: str, asking: Callable[..., Asking]) -> None:
    one, other, foreign = (asking(store, session_key=key) for key in ("key" * 12, "key" * 12, "yek" * 12))
    browser = Browser(one)
    browser.sign_in(token=KEY)

    for api, status in ((other, 200), (foreign, 401)):
        client = api.app.test_client()
        client.set_cookie(COOKIE, browser.cookie)
        assert client.get("/v2/identity").status_code == status


def test_who_tries_too_often_must_wait(browser: Browser) -> None:
    tried = [browser.sign_in(token="guess").status_code for _ in range(6)]
    last = browser.sign_in(token=KEY)

    assert tried == [401] * 5 + [429]
    assert (last.status_code, 0 < int(last.headers["Retry-After"]) <= WINDOW_SECONDS + 1) == (429, True)


def test_patience_comes_back_and_nobody_locks_out_others() -> None:
    clock = [0.0]
    patience = Patience(lambda: clock[0])
    for _ in range(5):
        patience.failed("10.0.0.1", "ada")

    assert patience.wait("10.0.0.1", "ada") > 0
    assert patience.wait("10.0.0.1", "bob") == patience.wait("10.0.0.2", "ada") == 0
    clock[0] = WINDOW_SECONDS + 1.0
    assert patience.wait("10.0.0.1", "ada") == 0
    for number in range(50):
        patience.failed("10.0.0.1", f"user{number}")
    assert patience.wait("10.0.0.1", "eve") > 0


def test_a_password_of_keystone_signs_in(keystone_ask: Asking, keystone: Keystone) -> None:
    browser = Browser(keystone_ask)
    project = keystone.project()
    name = keystone.name_of(keystone.user("member", project=project))

    wrong = browser.sign_in(user=name, password="wrong")
    right = browser.sign_in(user=name, password=PASSWORD)

    assert wrong.status_code == 401
    assert PASSWORD not in right.headers["Set-Cookie"] + right.text
    assert (right.status_code, right.json["user"], right.json["reads"]) == (200, name, "project")
    assert right.json["project"]["id"] == project  # the only place that the user has a role in
    assert browser.get("/v2/identity").json["reads"] == {
        "extent": "project",
        "domain_id": None,
        "project_id": project,
    }
    until = datetime.fromisoformat(right.json["expires"])
    assert datetime.now(UTC) < until <= datetime.now(UTC) + LONGEST


def test_who_has_a_role_in_several_places_is_asked_which(keystone_ask: Asking, keystone: Keystone) -> None:
    browser = Browser(keystone_ask)
    first, second = keystone.project(), keystone.project()
    user = keystone.user("member", project=first)
    keystone.grant(user, "member", second)
    who = {"user": keystone.name_of(user), "password": PASSWORD}

    asked = browser.sign_in(**who)
    chosen = browser.sign_in(**who, scope=next(each["scope"] for each in asked.json["places"]))
    foreign = browser.sign_in(**who, scope={"project_id": keystone.project()})

    assert asked.status_code == 300
    assert {each["scope"]["project_id"] for each in asked.json["places"]} == {first, second}
    assert chosen.json["project"]["id"] == asked.json["places"][0]["scope"]["project_id"]
    assert foreign.status_code == 401


def test_signing_out_ends_the_token_that_signing_in_made(keystone_ask: Asking, keystone: Keystone) -> None:
    browser = Browser(keystone_ask)
    name = keystone.name_of(keystone.user("member", project=keystone.project()))
    csrf = browser.sign_in(user=name, password=PASSWORD).json["csrf"]
    session = Sessions().of(Request(EnvironBuilder(headers={"Cookie": f"{COOKIE}={browser.cookie}"}).get_environ()))

    browser.client.delete("/session", headers={HEADER: csrf})

    assert session is not None
    with pytest.raises(HTTPError, match="404"):  # it cannot be revoked once more
        keystone.revoke(session.token)


def test_a_token_of_keystone_signs_in_and_stays_when_one_signs_out(keystone_ask: Asking, keystone: Keystone) -> None:
    browser = Browser(keystone_ask)
    token = keystone.token_with("member", project=keystone.project())

    signed_in = browser.sign_in(token=token)
    browser.client.delete("/session", headers={HEADER: signed_in.json["csrf"]})

    assert (signed_in.status_code, signed_in.json["methods"]) == (200, ["password", "token", "private_key"])
    assert keystone_ask("/v2/identity", token=token).status_code == 200


@pytest.mark.parametrize(
    "scope", [{"system_scope": "all"}, {"project_name": ADMINISTRATOR, "project_domain_name": "Default"}]
)
def test_the_scope_may_be_said(keystone_ask: Asking, keystone: Keystone, scope: dict[str, str]) -> None:
    password = keystone.settings()["password"]

    answer = Browser(keystone_ask).sign_in(user=ADMINISTRATOR, password=password, user_domain="Default", scope=scope)

    assert (answer.status_code, answer.json["reads"]) == (200, "everything")


def test_a_keystone_that_is_away_is_no_wrong_password(
    store: str, asking: Callable[..., Asking], keystone: Keystone, keystone_file: Callable[..., Path]
) -> None:
    with Proxy(keystone.port) as line:
        file = keystone_file(f"http://127.0.0.1:{line.port}/v3")
        browser = Browser(asking(store, strategy=("keystone",), files=(file,), private_key=""))
        line.cut_after(0)

        answers = [browser.sign_in(user=ADMINISTRATOR, password="any") for _ in range(6)]

    assert {answer.status_code for answer in answers} == {503}  # and nobody has to wait for it
    assert "127.0.0.1" not in answers[0].text
