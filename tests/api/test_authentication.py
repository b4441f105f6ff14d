"""Who is let in, by a real keystone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reporting_pollster.api.authentication import Authenticator
from reporting_pollster.api.identity import Identity
from reporting_pollster.domain.reach import Reach
from tests.api.asking import KEY, Asking, settings_for
from tests.servers.keystone import Keystone
from tests.servers.proxy import Proxy

ROLE = "reporting_viewer"
FORGED = {
    "X-Identity-Status": "Confirmed",
    "X-Roles": f"{ROLE},admin",
    "X-User-Id": "somebody",
    "X-Project-Id": "theirs",
    "OpenStack-System-Scope": "all",
}


@pytest.fixture
def ask(store: str, asking: Callable[..., Asking], keystone_file: Callable[..., Path]) -> Asking:
    """Return an API that asks keystone and demands a role."""
    return asking(store, strategy=("keystone",), required_role=ROLE, files=(keystone_file(),))


def test_the_role_is_needed(ask: Asking, keystone: Keystone) -> None:  # 17
    project, domain = keystone.project(), keystone.domain()
    tokens = {
        "with the role": keystone.token_with("member", ROLE, project=project),
        "without it": keystone.token_with("member", project=project),
        "another case": keystone.token_with(ROLE.title(), project=project),
        "in a domain": keystone.token_with(ROLE, domain=domain),
    }

    found = {who: ask("/v1/reports/instance", token=token).status_code for who, token in tokens.items()}

    assert found == {"with the role": 200, "without it": 401, "another case": 401, "in a domain": 401}


def test_without_a_required_role_any_valid_token_reads(
    store: str, asking: Callable[..., Asking], keystone: Keystone, keystone_file: Callable[..., Path]
) -> None:  # 17
    ask = asking(store, strategy=("keystone",), required_role="", files=(keystone_file(),))
    token = keystone.token_with("member", project=keystone.project())

    assert ask("/v1/reports/instance", token=token).status_code == 200
    assert ask("/v1/reports/instance", token="no-token-of-keystone").status_code == 401
    assert ask("/v1/reports/instance", token=KEY).status_code == 401  # the private key is not a strategy here


def test_a_token_that_was_revoked_is_none(ask: Asking, keystone: Keystone) -> None:
    token = keystone.token_with(ROLE, project=keystone.project())
    keystone.revoke(token)

    answer = ask("/v1/reports", token=token)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{keystone.url}"'


def test_what_a_client_says_of_itself_is_not_believed(ask: Asking, keystone: Keystone) -> None:  # 18
    token = keystone.token_with("member", project=keystone.project())

    assert ask("/v1/reports", token=None, headers=FORGED).status_code == 401
    assert ask("/v1/reports", token="invalid", headers=FORGED).status_code == 401
    assert ask("/v1/reports", token=token, headers=FORGED).status_code == 401


def test_with_the_private_key_alone_nobody_is_believed_either(store: str, asking: Callable[..., Asking]) -> None:  # 18
    ask = asking(store)

    assert ask("/v1/reports", token=None, headers=FORGED).status_code == 401
    assert ask("/v1/reports", token="wrong", headers=FORGED).status_code == 401


def test_both_strategies_let_both_in(
    store: str, asking: Callable[..., Asking], keystone: Keystone, keystone_file: Callable[..., Path]
) -> None:
    ask = asking(store, strategy=("token", "keystone"), required_role=ROLE, files=(keystone_file(),))
    token = keystone.token_with(ROLE, project=keystone.project())

    assert [ask("/v1/reports", token=each).status_code for each in (KEY, token, "neither")] == [200, 200, 401]


def test_the_scope_of_a_token_says_how_far_it_reaches(
    store: str, keystone: Keystone, keystone_file: Callable[..., Path]
) -> None:
    who = Authenticator(settings_for(store, files=(keystone_file(),), strategy=("keystone",), private_key=""))
    project, domain = keystone.project(), keystone.domain()

    def reach(*roles: str, **place: object) -> Reach:
        found = who.identify(keystone.token_with(*roles, **place))
        assert found is not None
        return found.reach(ROLE)

    assert reach("member", project=project) == reach("reader", project=project) == Reach(project_id=project)
    assert reach("admin", project=project) == reach(ROLE, project=project) == Reach(everything=True)
    assert reach("admin", domain=domain) == reach("reader", domain=domain) == Reach(domain_id=domain)
    assert reach(ROLE, domain=domain) == Reach()
    assert reach("reader", system=True) == reach("admin", system=True) == Reach(everything=True)


def test_an_identity_says_who_it_is(store: str, keystone: Keystone, keystone_file: Callable[..., Path]) -> None:
    who = Authenticator(settings_for(store, files=(keystone_file(),), strategy=("keystone",), private_key=""))
    project = keystone.project()
    user = keystone.user("member", "reader", project=project)

    found = who.identify(keystone.token(user, project=project))

    assert found is not None
    assert (found.kind, found.user_id, found.project_id, found.domain_id) == ("keystone", user, project, None)
    assert {"member", "reader"} <= found.roles
    assert not found.is_system
    assert Identity("private_key").has_role(ROLE)


def test_keystone_being_away_is_503(
    store: str, asking: Callable[..., Asking], keystone: Keystone, keystone_file: Callable[..., Path]
) -> None:
    token = keystone.token_with(ROLE, project=keystone.project())
    with Proxy(keystone.port) as line:
        file = keystone_file(f"http://127.0.0.1:{line.port}/v3")
        ask = asking(store, strategy=("private_key", "keystone"), required_role=ROLE, files=(file,))
        line.cut_after(0)

        away = ask("/v1/reports", token=token)
        others = [ask("/", token=None).status_code, ask("/v1/reports").status_code]
        line.cut_after(None)
        back = ask("/v1/reports", token=token)

    assert (away.status_code, others, back.status_code) == (503, [300, 200], 200)
    assert away.headers["Retry-After"]
    assert keystone.settings()["password"] not in away.text
    assert "127.0.0.1" not in away.text
