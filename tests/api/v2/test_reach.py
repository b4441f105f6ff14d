"""Nobody learns anything of a project that is not theirs, whatever is asked.

Every route is asked with every parameter pointed at the other project, twice: before the other project is there, and
after. The answers must be the same to the byte, which no list of words that must not occur would show of a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.asking import Asking
from tests.api.v2.neighbours import KINDS, Neighbour, questions
from tests.reports.warehouse import Warehouse, at
from tests.servers.keystone import Keystone

PRICES = Path(__file__).parents[3] / "contrib/price-list.toml"
_OF_NOW = ("/v2/status", "/v2/identity")


@pytest.fixture
def ask(store: str, asking: Callable[..., Asking], keystone_file: Callable[..., Path]) -> Asking:
    """Return an API that asks keystone or takes the private key, and has a price list."""
    return asking(store, strategy=("private_key", "keystone"), files=(keystone_file(),), prices=PRICES)


@pytest.fixture
def other(keystone: Keystone) -> Neighbour:
    """Return the project that is not one's own, in a domain that is not either."""
    return Neighbour("1e" * 16, "zebra", "zebra-domain")


@pytest.fixture(params=["member", "domain"])
def token(request: pytest.FixtureRequest, keystone: Keystone, warehouse: Warehouse) -> str:
    """Return the token of a member of a project, or of the admin of its domain; the project has moved in."""
    domain = keystone.domain()
    project = keystone.project(domain)
    Neighbour(project, "okapi", domain).move_in(warehouse)
    warehouse.read_until(at("10-04 00:00"))
    warehouse.added_up_to(at("10-02 00:00").date(), *KINDS)
    if request.param == "member":
        return keystone.token_with("member", project=project)
    return keystone.token_with("admin", domain=domain)


def _answers(ask: Asking, token: str, about: Neighbour) -> Iterator[tuple[str, int, bytes]]:
    is_member = ask("/v2/identity", token=token).json["reads"]["extent"] == "project"
    for question in questions(ask.app, about, every_parameter=is_member):
        answer = ask(question, token=token)
        yield question, answer.status_code, answer.get_data()


@pytest.mark.slow
def test_another_project_changes_no_answer(ask: Asking, warehouse: Warehouse, token: str, other: Neighbour) -> None:
    before = list(_answers(ask, token, other))
    other.move_in(warehouse)
    other.use_what_is_of(Neighbour("", "okapi", ""), warehouse)

    after = list(_answers(ask, token, other))

    assert len(before) > 200
    statuses = {status for _, status, _ in after}
    assert statuses <= {200, 400, 403, 404}, {status: question for question, status, _ in after}
    told = [body for _, status, body in after if status == 200]
    assert sum(b"okapi" in body for body in told) > 20, "nothing is told of the own project"
    different = [
        (earlier, later)
        for earlier, later in zip(before, after, strict=True)
        if earlier != later and not earlier[0].startswith(_OF_NOW)
    ]
    assert not different, different[0]


def test_the_private_key_is_told_of_both(ask: Asking, warehouse: Warehouse, token: str, other: Neighbour) -> None:
    other.move_in(warehouse)

    told = [ask(question).get_data() for question in questions(ask.app, other) if "/resources/" in question]

    assert sum(b"zebra" in body and b"okapi" in body for body in told) > 5


@pytest.mark.parametrize(
    "path", ["/v2/capacity", "/v2/reports/capacity", "/v2/reports/capacity-days", "/v2/quarantine"]
)
def test_what_cannot_be_restricted_is_refused(ask: Asking, token: str, path: str) -> None:
    answer = ask(path, token=token)

    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert path.removeprefix("/v2/reports/") not in {each["name"] for each in _reports(ask, token)}


def test_who_belongs_nowhere_reads_nothing(ask: Asking, keystone: Keystone, warehouse: Warehouse) -> None:
    project = keystone.project()
    token = keystone.token(keystone.user("member", project=project))

    assert ask("/v2/identity", token=token).json["reads"]["extent"] == "nothing"
    for path in ("/v2/usage", "/v2/projects", "/v2/reports", "/v2/status", "/v2/resources/volume"):
        assert ask(path, token=token).status_code == 403, path


def test_who_handed_a_resource_over_does_not_learn_its_new_name(
    ask: Asking, warehouse: Warehouse, keystone: Keystone
) -> None:
    mine = keystone.project()
    warehouse.put("volume", {"id": "v", "project_id": "theirs", "display_name": "zebra", "attached": False})
    ended = {"valid_from": at("10-01 00:00"), "valid_to": at("10-02 00:00"), "attached": False}
    warehouse.put("volume_period", {"id": "v", "project_id": mine, **ended})
    warehouse.read_until(at("10-04 00:00"))

    answer = ask("/v2/reports/volumes?month=2024-10", token=keystone.token_with("member", project=mine))

    assert [(row["id"], row["name"]) for row in answer.json["rows"]] == [("v", None)]


def test_hosts_are_for_who_sees_everything(ask: Asking, warehouse: Warehouse, token: str) -> None:
    for path in ("/v2/periods/instance", "/v2/reports/instances?month=2024-10"):
        path = f"{path}{'&' if '?' in path else '?'}project=okapi%20display_name"
        assert [row["host"] for row in ask(path, token=token).json["rows"]] == [None]
        assert [row["host"] for row in ask(path).json["rows"]] == ["okapi host"]


def _reports(ask: Asking, token: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask("/v2/reports", token=token).json["reports"]
    return found
