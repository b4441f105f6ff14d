"""What all resources share: who is let in, errors, paths, origins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reporting_pollster.api import create_app
from reporting_pollster.api.identity import Identity
from reporting_pollster.app import Application
from reporting_pollster.config.settings import ApiSettings
from reporting_pollster.domain.reach import Reach
from reporting_pollster.errors import SettingsError
from tests.api.asking import KEY, Asking, settings_for


@pytest.mark.parametrize(
    ("api", "said"),
    [
        ({"private_key": ""}, "not set"),
        ({"private_key": "secret"}, "everybody knows"),
        ({"strategy": ("password",)}, "password"),
        ({"session_key": "short"}, "session_key"),
        ({"strategy": ()}, "nothing"),
        ({"strategy": ("token", "keystone"), "private_key": "secret"}, "everybody knows"),
        ({"strategy": ("keystone",)}, "auth_url"),
    ],
)
def test_no_api_starts_that_lets_anybody_in(tmp_path: Path, api: dict[str, object], said: str) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/r.sqlite")
    settings = replace(settings, api=replace(ApiSettings(private_key=KEY), **api))

    with pytest.raises(SettingsError, match=said) as raised:
        create_app(Application(lambda: settings))

    assert KEY not in str(raised.value)


def test_the_private_key_never_shows(tmp_path: Path) -> None:
    assert KEY not in repr(settings_for(f"sqlite:///{tmp_path}/r.sqlite"))


def test_an_unknown_path_is_a_problem_document(ask: Asking) -> None:
    answer = ask("/nowhere/at/all")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.json == {"type": "about:blank", "title": "Not Found", "status": 404}


PROJECT = {"user_id": "u", "project_id": "p"}


@pytest.mark.parametrize(
    ("identity", "reach"),
    [
        (Identity("private_key"), Reach(everything=True)),
        (Identity("keystone", **PROJECT, roles=frozenset({"member"})), Reach(project_id="p")),
        (Identity("keystone", **PROJECT, roles=frozenset({"reader"})), Reach(project_id="p")),
        (Identity("keystone", **PROJECT, roles=frozenset({"admin"})), Reach(everything=True)),
        (Identity("keystone", **PROJECT, roles=frozenset({"Admin"})), Reach(project_id="p")),
        (Identity("keystone", **PROJECT, roles=frozenset({"admin"}), is_admin_project=False), Reach(project_id="p")),
        (Identity("keystone", **PROJECT, roles=frozenset({"reporter"})), Reach(everything=True)),
        (Identity("keystone", domain_id="d", roles=frozenset({"admin"})), Reach(domain_id="d")),
        (Identity("keystone", domain_id="d", roles=frozenset({"reporter"})), Reach()),
        (Identity("keystone", domain_id="d", roles=frozenset({"member"})), Reach()),
        (Identity("keystone", is_system=True, roles=frozenset({"reader"})), Reach(everything=True)),
        (Identity("keystone", is_system=True, roles=frozenset({"member"})), Reach()),
        (Identity("keystone", user_id="u"), Reach()),
    ],
)
def test_the_scope_of_a_token_decides_before_its_roles(identity: Identity, reach: Reach) -> None:
    assert identity.reach("reporter") == reach


def test_a_page_of_another_origin_may_ask(store: str, asking: Callable[..., Asking]) -> None:
    ask = asking(store, cors_origins=("https://dashboard.example.org",))
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-auth-token"}

    answer = ask(
        "/v1/reports", method="OPTIONS", token=None, headers={"Origin": "https://dashboard.example.org", **asked}
    )
    foreign = ask("/v1/reports", method="OPTIONS", token=None, headers={"Origin": "https://evil.example.org", **asked})

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://dashboard.example.org"
    assert answer.headers["Access-Control-Allow-Headers"] == "x-auth-token"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in foreign.headers
