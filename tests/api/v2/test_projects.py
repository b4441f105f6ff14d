"""Projects, page by page."""

from __future__ import annotations

import pytest

from tests.api.asking import Asking
from tests.reports.warehouse import Warehouse


@pytest.fixture
def projects(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse with five projects in two domains, one of them forgotten by keystone."""
    for number, name in enumerate(["ada", "Bob", "carl_", "carla", "dora"]):
        own = {"id": f"p{number}", "display_name": name, "domain_id": f"d{number % 2}", "active": name != "dora"}
        warehouse.put("project", own, enabled=True, personal=False)
    warehouse.put("domain", {"id": "d0", "name": "Default", "enabled": True})
    return warehouse


def test_pages_have_every_project_once(projects: Warehouse, ask: Asking) -> None:
    names, link = [], "/v2/projects?limit=2"
    while link:
        page = ask(link).json
        assert len(page["rows"]) <= 2
        names += [row["name"] for row in page["rows"]]
        link = page["links"].get("next")

    assert sorted(names) == ["Bob", "ada", "carl_", "carla", "dora"]


@pytest.mark.parametrize(
    ("query", "found"),
    [("name=CARL", {"carl_", "carla"}), ("name=carl_", {"carl_"}), ("name=%25", set()), ("active=false", {"dora"})],
)
def test_projects_are_found_by_the_begin_of_their_name(
    projects: Warehouse, ask: Asking, query: str, found: set[str]
) -> None:
    assert {row["name"] for row in ask(f"/v2/projects?{query}").json["rows"]} == found


def test_one_project_has_its_domain(projects: Warehouse, ask: Asking) -> None:
    assert ask("/v2/projects/p0").json["domain"] == "Default"
    assert ask("/v2/projects/p9").status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "marker=x", "marker=WzFd", "active=yes", "nonsense=1", "name="]
)
def test_what_is_not_understood_is_named(projects: Warehouse, ask: Asking, query: str) -> None:
    answer = ask(f"/v2/projects?{query}")

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert query.partition("=")[0] in answer.json["detail"]


def test_who_has_a_list_need_not_get_it_again(projects: Warehouse, ask: Asking) -> None:
    first = ask("/v2/projects")

    again = ask("/v2/projects", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.get_data()) == (304, b"")
