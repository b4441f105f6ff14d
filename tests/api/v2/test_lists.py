"""Resources and periods, page by page, on each server: what sorts and compares differs among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.asking import Asking
from tests.reports.warehouse import Warehouse, at
from tests.stores import engine_of

NAMES = ["b", "B", "a", "ä", "", None, "z", "b"]


@pytest.fixture
def warehouse(ready_store_url: str) -> Warehouse:
    """Return a warehouse, on each server, with volumes of two projects, created one after the other."""
    warehouse = Warehouse(engine_of(ready_store_url))
    untold = {"enabled": True, "personal": False}
    warehouse.put(
        "project", {"id": "p1", "display_name": "tea", **untold}, {"id": "p2", "display_name": "milk", **untold}
    )
    for number, name in enumerate(NAMES):
        gone = {"active": number % 2 == 0, "deleted": None if number % 2 == 0 else at("10-10 00:00")}
        own = {"id": f"v{number}", "project_id": "p1", "display_name": name, "size": number, "attached": False}
        created = None if name == "z" else at(f"10-0{number + 1} 00:00")
        warehouse.put("volume", {**own, "created": created, **gone})
        held = {"id": f"v{number}", "project_id": "p1", "size": number, "attached": False}
        warehouse.put("volume_period", {**held, "valid_from": at("10-01 00:00"), "valid_to": at("10-02 00:00")})
        warehouse.put("volume_period", {**held, "valid_from": at("10-02 00:00"), "valid_from_origin": "estimate",
            "valid_from_earliest": at("10-01 12:00")})  # fmt: skip
    warehouse.put("volume", {"id": "other", "project_id": "p2", "attached": False, "size": 1})
    warehouse.read_until(at("10-20 00:00"))
    return warehouse


@pytest.fixture
def ask(warehouse: Warehouse, ready_store_url: str, asking: Callable[..., Asking]) -> Asking:
    """Return an API over it."""
    return asking(ready_store_url)


def _rows(ask: Asking, path: str) -> Iterator[dict[str, Any]]:
    while path:
        answer = ask(path)
        assert answer.status_code == 200, answer.json
        yield from answer.json["rows"]
        path = answer.json["links"].get("next", "")


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_pages_have_every_row_once_in_any_order(ask: Asking, limit: int) -> None:
    ids = sorted(f"v{number}" for number in range(len(NAMES)))

    for sort in ("id", "-id", "name", "-name", "created", "-created"):
        found = [row["id"] for row in _rows(ask, f"/v2/resources/volume?project=tea&sort={sort}&limit={limit}")]

        assert sorted(found) == ids, sort
        assert "id" not in sort or found == sorted(ids, reverse=sort == "-id")
        if sort == "created":
            assert found == ["v6", "v0", "v1", "v2", "v3", "v4", "v5", "v7"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("active=true", {"v0", "v2", "v4", "v6"}),
        ("from=2024-10-10", {"v0", "v2", "v4", "v6"}),
        ("from=2024-10-09T23:59:59Z", {f"v{number}" for number in range(8)}),
        ("to=2024-10-03", {"v0", "v1", "v6"}),
        ("from=2024-10-09&to=2024-10-03&", None),
    ],
)
def test_what_lived_in_a_span_is_found(ask: Asking, query: str, found: set[str] | None) -> None:
    answer = ask(f"/v2/resources/volume?project=p1&{query}")

    assert (None if found is None else {row["id"] for row in answer.json["rows"]}) == found
    assert answer.status_code == (400 if found is None else 200)


def test_an_order_that_no_index_has_needs_a_project(ask: Asking) -> None:
    answer = ask("/v2/resources/volume?sort=name")

    assert (answer.status_code, "project" in answer.json["detail"]) == (400, True)
    assert ask("/v2/periods/volume").status_code == 400


def test_periods_tell_their_bounds_page_by_page(ask: Asking) -> None:
    rows = list(_rows(ask, "/v2/periods/volume?project=tea&limit=3"))

    assert [(row["id"], row["valid_from"]) for row in rows] == [
        (f"v{number}", f"2024-10-0{day}T00:00:00Z") for number in range(len(NAMES)) for day in (1, 2)
    ]
    last = rows[-1]
    assert (last["valid_from_origin"], last["valid_from_earliest"]) == ("estimate", "2024-10-01T12:00:00Z")
    assert (last["valid_to"], last["size"]) == (None, 7)


def test_periods_are_told_as_they_were_known(ask: Asking, warehouse: Warehouse) -> None:
    warehouse.change("volume_period", {"id": "v3"}, known_to=at("10-15 00:00"))

    now = list(_rows(ask, "/v2/periods/volume?resource=v3"))
    then = list(_rows(ask, "/v2/periods/volume?resource=v3&as_known_at=2024-10-14"))

    assert (len(now), len(then)) == (0, 2)


def test_a_marker_of_another_list_is_refused(ask: Asking) -> None:
    link = ask("/v2/resources/volume?project=p1&sort=created&limit=1").json["links"]["next"]
    marker = link.partition("marker=")[2]

    assert ask(f"/v2/periods/volume?project=p1&marker={marker}").status_code == 400
