"""A project's organisation is what its managers' identity provider calls it, the same on every run."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting_pollster.domain.organisation import organisation, organisations


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"organisation": "Uni"}, "Uni"),
        ({"organization": "Uni"}, "Uni"),
        ({"orginisation": "Uni"}, "Uni"),
        ({"OrganisationName": "Uni"}, "Uni"),
        ({"homeOrganization": "uni.edu", "organisation": "Uni"}, "Uni"),
        ({"organisation": "Uni", "homeOrganization": "uni.edu"}, "Uni"),
        ({"Organisation": "Uni", "homeorganisation": "uni.edu"}, "Uni"),
        ({"homeOrganization": "uni.edu", "homeOrganizationType": "university"}, "uni.edu"),
        ({"organisation_type": "urn:x", "mail": "me@uni.edu"}, "uni.edu"),
        ({"o": "Uni", "mail": "me@uni.edu"}, "uni.edu"),
        ({"organisation": ["Uni", "Other"]}, "Uni"),
        ({"organisation": ["", " ", "Uni"]}, "Uni"),
        ({"organisation": ("Uni",)}, "Uni"),
        ({"organisation": b"Universit\xc3\xa9"}, "Université"),
        ({b"organisation": [b"Uni"]}, "Uni"),
        ({"organisation": "  Uni  "}, "Uni"),
        ({"homeOrganization": "uni.edu", "organisation": "", "mail": "me@other.edu"}, "other.edu"),
        ({"organisation": None, "mail": "me@uni.edu"}, "uni.edu"),
        ({"organisation": {"a": 1}, "mail": "me@uni.edu"}, "uni.edu"),
        ({"mail": ["me@uni.edu", "me@other.edu"]}, "uni.edu"),
        ({"mail": "me@uni.edu;me@other.edu"}, "uni.edu"),
        ({"MAIL": b"me@uni.edu"}, "uni.edu"),
        ({"mail": '"odd@name"@uni.edu'}, "uni.edu"),
        ({"mail": "nobody"}, None),
        ({"mail": "nobody@"}, None),
        ({"mail": None}, None),
        ({7: "x", None: "y"}, None),
        ({b"organisation": "old", "organisation": "new"}, "new"),
        ({}, None),
        (None, None),
        (["organisation"], None),
    ],
)
def test_the_organisation_of_a_user(attributes: Any, expected: str | None) -> None:
    assert organisation(attributes) == expected


def test_a_manager_is_asked_before_a_member() -> None:
    people = {"a": {"organisation": "Of a member"}, "b": {"organisation": "Of a manager"}}

    found = organisations([("p", "a", "Member"), ("p", "b", "TenantManager"), ("q", "a", "member")], people)

    assert found == {"p": "Of a manager", "q": "Of a member"}


def test_of_several_managers_the_first_who_says_anything_is_believed_in_any_order() -> None:
    people: Any = {"a": {"givenname": "A"}, "b": None, "c": {"organisation": "C"}, "d": {"organisation": "D"}}
    holders = [("p", user, "TenantManager") for user in "zabcd"]

    for seed in range(20):
        assert organisations(random.Random(seed).sample(holders, len(holders)), people) == {"p": "C"}


def test_managers_who_say_nothing_leave_it_to_the_members() -> None:
    people = {"a": {"givenname": "A"}, "b": {"mail": "b@uni.edu"}}

    assert organisations([("p", "a", "TenantManager"), ("p", "b", "Member")], people) == {"p": "uni.edu"}


def test_other_roles_and_strangers_are_not_asked() -> None:
    people = {"a": {"organisation": "Uni"}}

    assert organisations([("p", "a", "admin"), ("p", "stranger", "Member")], people) == {}


values = st.none() | st.integers() | st.text() | st.binary() | st.lists(st.text() | st.binary() | st.none())
names = st.sampled_from(["organisation", "homeOrganization", "orgini", "organisationType", "mail", "MAIL"]) | st.text()


@given(st.dictionaries(names | st.binary() | st.integers() | st.none(), values), st.randoms())
def test_any_attributes_give_a_name_or_none_whatever_their_order(attributes: Any, chance: random.Random) -> None:
    found = organisation(attributes)

    assert found is None or (found and found == found.strip())
    shuffled = list(attributes.items())
    chance.shuffle(shuffled)
    assert organisation(dict(shuffled)) == found
