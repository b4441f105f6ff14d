"""Who may read what, and who may write: by a real keystone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.api.almanach.day import INSTANCE, Day, iso
from tests.api.asking import KEY, Asking
from tests.reports.warehouse import Warehouse, at
from tests.servers.keystone import Keystone
from tests.servers.proxy import Proxy

SPAN = {"start": "2024-01-01 00:00:00.0", "end": "2024-12-31 00:00:00.0"}


class Place(NamedTuple):
    """A domain, projects of which the last one is of another domain, and tokens by whose they are."""

    domain: str
    projects: tuple[str, str, str]
    tokens: dict[str, str]


@pytest.fixture
def day(store: str, asking: Callable[..., Asking], keystone_file: Callable[..., Path]) -> Day:
    """Return an API that takes the private key and keystone's tokens."""
    return Day(asking(store, strategy=("token", "keystone"), files=(keystone_file(),)))


@pytest.fixture(scope="module")
def place(keystone: Keystone) -> Place:
    """Return a domain with two projects, one of another domain, and who has a role where."""
    domain = keystone.domain()
    own = keystone.project(domain)
    tokens = {
        "member": keystone.token_with("member", project=own),
        "admin of the domain": keystone.token_with("admin", domain=domain),
        "reader of all": keystone.token_with("reader", system=True),
        "admin": keystone.token_with("admin", project=own),
        "revoked": keystone.token_with("member", project=own),
    }
    keystone.revoke(tokens["revoked"])
    return Place(domain, (own, "neighbour", "stranger"), tokens)


def test_who_asks_sees_what_is_theirs(day: Day, warehouse: Warehouse, place: Place) -> None:  # 3
    own, neighbour, stranger = place.projects
    periods = {"id": "i1", "project_id": own, "valid_from": at("02-01 00:00"), "valid_to": at("03-01 00:00")}
    moved = {"id": "i1", "project_id": stranger, "valid_from": at("03-01 00:00")}
    other = {"id": "i2", "project_id": neighbour, "valid_from": at("02-01 00:00")}
    warehouse.put("instance_period", periods, moved, other)
    for project, domain in zip(place.projects, (place.domain, place.domain, "default"), strict=True):
        warehouse.put("project", {"id": project, "domain_id": domain, "enabled": True, "personal": False})

    def seen(token: str) -> list[object]:
        paths = [f"/v1/project/{project}/{what}" for project in place.projects for what in ("instances", "entities")]
        paths += ["/v1/entity/i1", "/v1/entity/i2"]
        answers = [day("GET", path, query_string=SPAN, token=token) for path in paths]
        return [len(answer.json) if answer.status_code == 200 else answer.status_code for answer in answers]

    assert seen(KEY) == seen(place.tokens["reader of all"]) == seen(place.tokens["admin"]) == [1, 1, 1, 1, 1, 1, 2, 1]
    assert seen(place.tokens["member"]) == [1, 1, 0, 0, 0, 0, 1, 404]
    assert seen(place.tokens["admin of the domain"]) == [1, 1, 1, 1, 0, 0, 1, 1]
    assert seen(place.tokens["revoked"]) == [401] * 8


def test_writing_needs_its_role(day: Day, place: Place) -> None:
    day.instance()

    for who in ("member", "admin of the domain", "reader of all"):
        for method, path in (("PUT", f"/v1/instance/{INSTANCE}/resize"), ("DELETE", f"/instance/{INSTANCE}")):
            answer = day(method, path, token=place.tokens[who], json={"date": iso("02 10:00"), "flavor": "x"})
            assert (answer.status_code, "write_role" in answer.json["error"]) == (403, True)
        assert day("POST", "/v1/volume_type", token=place.tokens[who], json={}).status_code == 403

    assert day.entries(INSTANCE, "flavor") == [("01 10:00", None, "small")]
    sent = {"date": iso("02 10:00"), "flavor": "x"}
    assert day("PUT", f"/v1/instance/{INSTANCE}/resize", token=place.tokens["admin"], json=sent).status_code == 200


def test_without_keystone_tokens_are_a_503_and_the_private_key_works(
    store: str, asking: Callable[..., Asking], keystone: Keystone, keystone_file: Callable[..., Path]
) -> None:
    with Proxy(keystone.port) as line:
        file = keystone_file(f"http://127.0.0.1:{line.port}/v3")
        day = Day(asking(store, strategy=("token", "keystone"), files=(file,)))
        line.cut_after(0)

        answer = day("GET", "/v1/volume_types", token="not-known-yet")

        assert (answer.status_code, answer.json) == (503, {"error": "Service Unavailable"})
        assert int(answer.headers["Retry-After"]) > 0
        assert day("GET", "/v1/volume_types").status_code == 200
        assert day("GET", "/v1/info", token=None).status_code == 200
