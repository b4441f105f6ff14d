import json
from collections.abc import Callable
from typing import Any

import pytest

from reporting_pollster.entities.allocation import allocation_in
from tests.entities.followed import Followed


def request(followed: Followed, number: int, **columns: Any) -> None:
    known = {"project_id": f"p{number}", "status": "A", "modified_time": "2024-01-01 10:00:00"}
    dates = {"start_date": "2024-01-01", "end_date": "2024-12-31", "submit_date": "2023-12-01"}
    followed.insert("dashboard", "rcallocation_allocationrequest", id=number, **{**known, **dates, **columns})


def project(followed: Followed, project_id: str, extra: object) -> None:
    text = extra if isinstance(extra, str) else json.dumps(extra)
    followed.insert("keystone", "project", id=project_id, name=project_id, is_domain=0, extra=text)


def ids(followed: Followed) -> list[int]:
    return sorted(row["id"] for row in followed.read("allocation"))


def test_an_allocation_brings_what_was_granted(followed: Followed) -> None:
    request(
        followed,
        7,
        project_name="laser",
        contact_email="ann@example.org",
        approver_email="ben@example.org",
        field_of_research_1="0206",
        for_percentage_1=100,
        funding_national_percent=80,
        funding_node="north",
    )

    row = followed.one("allocation", id=7)

    assert (row["project_id"], row["project_name"], row["status"]) == ("p7", "laser", "A")
    assert (row["contact_email"], row["approver_email"]) == ("ann@example.org", "ben@example.org")
    assert (row["start_date"], row["end_date"]) == ("2024-01-01", "2024-12-31")
    assert row["modified_time"] == "2024-01-01 10:00:00"
    assert (row["field_of_research_1"], row["for_percentage_1"]) == ("0206", 100)
    assert (row["funding_national"], row["funding_node"], row["active"]) == (80, "north", 1)


@pytest.mark.parametrize(("status", "current"), [("A", True), ("X", True), ("J", True), ("E", False), ("D", False)])
def test_only_requests_that_stand_count(followed: Followed, status: str, current: bool) -> None:
    request(followed, 7, status=status)

    assert ids(followed) == ([7] if current else [])


def test_earlier_versions_of_a_request_do_not_count(followed: Followed) -> None:
    request(followed, 7)
    request(followed, 8, project_id="p7", parent_request_id=7)

    assert ids(followed) == [7]


def test_the_chief_investigator_is_the_first_one(followed: Followed) -> None:
    request(followed, 7)
    request(followed, 8)
    followed.insert("dashboard", "rcallocation_chiefinvestigator", id=2, allocation_id=7, email="second@example.org")
    followed.insert("dashboard", "rcallocation_chiefinvestigator", id=1, allocation_id=7, email="first@example.org")

    assert followed.one("allocation", id=7)["chief_investigator"] == "first@example.org"
    assert followed.one("allocation", id=8)["chief_investigator"] is None


@pytest.mark.parametrize("named", [7, "7"])
def test_of_several_for_a_project_it_is_the_one_that_keystone_names(followed: Followed, named: object) -> None:
    request(followed, 7, project_id="p1")
    request(followed, 8, project_id="p1", modified_time="2024-06-01 10:00:00")
    project(followed, "p1", {"allocation_id": named})

    assert ids(followed) == [7]


@pytest.mark.parametrize("extra", ["{}", '{"allocation_id": 99}', '{"allocation_id"'])
def test_where_keystone_names_none_of_them_it_is_the_one_changed_last(followed: Followed, extra: str) -> None:
    request(followed, 7, project_id="p1", modified_time="2024-06-01 10:00:00")
    request(followed, 8, project_id="p1")
    project(followed, "p1", extra)

    assert ids(followed) == [7]


@pytest.mark.parametrize("nothing", [None, ""])
def test_requests_that_have_no_project_yet_are_all_kept(followed: Followed, nothing: str | None) -> None:
    request(followed, 7, project_id=nothing)
    request(followed, 8, project_id=nothing)

    assert ids(followed) == [7, 8]


@pytest.mark.parametrize(
    ("extra", "allocation"),
    [
        ('{"allocation_id": 7}', "7"),
        ('{"allocation_id": " 7 "}', "7"),
        ('{"allocation_id": null}', None),
        ('{"allocation_id": [7]}', None),
        ("[]", None),
        ("{", None),
        (None, None),
    ],
)
def test_the_allocation_that_a_project_names(extra: object, allocation: str | None) -> None:
    assert allocation_in(extra) == allocation


def test_an_allocation_that_stands_no_more_is_removed_and_remembered(followed: Followed) -> None:
    request(followed, 7)
    request(followed, 8)
    ids(followed)

    followed.execute("dashboard", "UPDATE rcallocation_allocationrequest SET status = 'D' WHERE id = 7")

    assert ids(followed) == [8]
    assert [(row["id"], row["status"]) for row in followed.versions("allocation")] == [(7, "A")]


def test_without_a_dashboard_there_are_no_allocations(follow: Callable[..., Followed]) -> None:
    followed = follow(without=("dashboard",))
    project(followed, "p1", {"allocation_id": 7})

    (result,) = (result for result in followed.pollster.sync("allocation") if result.table == "allocation")

    assert (result.outcome, result.message) == ("skipped", "its database is not configured")
    assert followed.pollster.rows("allocation") == []
