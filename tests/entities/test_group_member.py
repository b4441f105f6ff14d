from collections.abc import Callable
from typing import Any

import pytest

from reporting_pollster.entities.group_member import expiry
from tests.entities.followed import Followed

LONG_AGO, LONG_HENCE = "2020-01-01 10:00:00", "2120-01-01 10:00:00"


def expiring(followed: Followed, provider: str, verified: str, minutes: int | None = 60) -> None:
    followed.insert("keystone", "identity_provider", id=provider, authorization_ttl=minutes)
    followed.insert(
        "keystone",
        "expiring_user_group_membership",
        user_id="u1",
        group_id="g1",
        idp_id=provider,
        last_verified=verified,
    )


def told(followed: Followed) -> list[Any]:
    return [
        (row["group_id"], row["user_id"], row["expiring"], row["expires"], row["active"])
        for row in followed.read("group_member")
    ]


def test_a_membership_has_no_end(followed: Followed) -> None:
    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")

    assert told(followed) == [("g1", "u1", 0, None, 1)]


def test_a_membership_by_federation_holds_for_some_minutes(followed: Followed) -> None:
    expiring(followed, "idp", LONG_HENCE)

    assert told(followed) == [("g1", "u1", 1, "2120-01-01 11:00:00", 1)]


def test_it_is_none_when_its_time_is_over(followed: Followed) -> None:
    expiring(followed, "idp", LONG_AGO)

    assert told(followed) == [("g1", "u1", 1, "2020-01-01 11:00:00", 0)]


def test_of_several_providers_the_longest_counts(followed: Followed) -> None:
    expiring(followed, "a", LONG_AGO)
    expiring(followed, "b", LONG_HENCE)
    expiring(followed, "c", LONG_AGO)

    assert told(followed) == [("g1", "u1", 1, "2120-01-01 11:00:00", 1)]


def test_a_lasting_membership_goes_before_one_that_expires(followed: Followed) -> None:
    expiring(followed, "idp", LONG_AGO)
    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")

    assert told(followed) == [("g1", "u1", 0, None, 1)]


def test_without_a_time_of_its_own_it_counts(followed: Followed) -> None:
    expiring(followed, "idp", LONG_AGO, minutes=None)

    assert told(followed) == [("g1", "u1", 1, None, 1)]


def test_releases_that_know_no_expiring_members_have_the_others(follow: Callable[..., Followed]) -> None:
    followed = follow("2019.2")
    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")

    assert told(followed) == [("g1", "u1", 0, None, 1)]


@pytest.mark.parametrize(
    ("verified", "minutes", "end"),
    [
        ("2024-01-01 10:00:00", 90, "2024-01-01 11:30:00"),
        ("2024-01-01 10:00:00", 0, "2024-01-01 10:00:00"),
        ("2024-01-01 10:00:00", None, None),
        ("0000-00-00 00:00:00", 90, None),
        ("2024-01-01 10:00:00", 10**12, None),
        (None, 90, None),
        (7, 90, None),
    ],
)
def test_the_end_of_a_membership(verified: object, minutes: object, end: str | None) -> None:
    assert expiry(verified, minutes) == end


def test_a_member_who_left_is_closed(followed: Followed) -> None:
    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")
    followed.read("group_member")

    followed.execute("keystone", "DELETE FROM user_group_membership")

    assert told(followed) == [("g1", "u1", 0, None, 0)]
