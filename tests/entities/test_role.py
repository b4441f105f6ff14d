from typing import Any

import pytest

from tests.entities.followed import Followed

ROOT = "<<keystone.domain.root>>"


@pytest.fixture
def followed(followed: Followed) -> Followed:
    """A domain with a project and one below it, and two roles of which one implies the other."""
    for project_id, domain_id, parent_id, is_domain in (
        (ROOT, ROOT, None, 1),
        ("d1", ROOT, None, 1),
        ("p1", "d1", "d1", 0),
        ("p2", "d1", "p1", 0),
    ):
        columns = {"name": project_id, "domain_id": domain_id, "parent_id": parent_id, "is_domain": is_domain}
        followed.insert("keystone", "project", id=project_id, **columns)
    followed.insert("keystone", "role", id="r1", name="member", domain_id="<<null>>")
    followed.insert("keystone", "role", id="r2", name="reader", domain_id="<<null>>")
    followed.insert("keystone", "implied_role", prior_role_id="r1", implied_role_id="r2")
    return followed


def grant(followed: Followed, kind: str, actor: str, target: str, role: str = "r2", inherited: int = 0) -> None:
    columns: dict[str, Any] = {"actor_id": actor, "target_id": target, "role_id": role, "inherited": inherited}
    followed.insert("keystone", "system_assignment" if "System" in kind else "assignment", type=kind, **columns)


def held(followed: Followed) -> set[tuple[Any, ...]]:
    return {
        (row["role"], row["user"], row["project"], row["scope"], row["origin"], row["role_id"])
        for row in followed.read("role")
    }


def test_a_role_brings_those_it_implies(followed: Followed) -> None:
    grant(followed, "UserProject", "u1", "p1", "r1")

    assert held(followed) == {
        ("member", "u1", "p1", "project", "direct", "r1"),
        ("reader", "u1", "p1", "project", "direct+implied", "r2"),
    }


def test_a_group_gives_its_roles_to_its_members(followed: Followed) -> None:
    grant(followed, "GroupProject", "g1", "p1")
    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")

    assert held(followed) == {("reader", "u1", "p1", "project", "group", "r2")}


def test_an_expiring_member_holds_roles_until_the_end(followed: Followed) -> None:
    grant(followed, "GroupProject", "g1", "p1")
    followed.insert("keystone", "identity_provider", id="idp", authorization_ttl=60)
    for user, verified in (("late", "2020-01-01 10:00:00"), ("fresh", "2120-01-01 10:00:00")):
        columns = {"user_id": user, "group_id": "g1", "idp_id": "idp", "last_verified": verified}
        followed.insert("keystone", "expiring_user_group_membership", **columns)

    assert held(followed) == {("reader", "fresh", "p1", "project", "group", "r2")}


def test_an_inherited_role_holds_below_its_target(followed: Followed) -> None:
    grant(followed, "UserDomain", "u1", "d1", inherited=1)
    grant(followed, "UserProject", "u2", "p1", inherited=1)

    assert held(followed) == {
        ("reader", "u1", "p1", "project", "inherited", "r2"),
        ("reader", "u1", "p2", "project", "inherited", "r2"),
        ("reader", "u2", "p2", "project", "inherited", "r2"),
    }


def test_roles_on_domains_and_on_the_system_say_so(followed: Followed) -> None:
    grant(followed, "UserDomain", "u1", "d1")
    grant(followed, "UserSystem", "u1", "system")

    assert held(followed) == {
        ("reader", "u1", "d1", "domain", "direct", "r2"),
        ("reader", "u1", "system", "system", "direct", "r2"),
    }


def test_grants_that_outlived_their_project_or_role_give_nothing(followed: Followed) -> None:
    grant(followed, "UserProject", "u1", "gone")
    grant(followed, "UserProject", "u1", "p1", "gone")

    assert held(followed) == set()


def test_a_role_that_was_taken_away_is_removed_and_remembered(followed: Followed) -> None:
    grant(followed, "UserProject", "u1", "p1")
    grant(followed, "UserProject", "u2", "p1")
    held(followed)

    followed.execute("keystone", "DELETE FROM assignment WHERE actor_id = 'u1'")

    assert held(followed) == {("reader", "u2", "p1", "project", "direct", "r2")}
    assert [(row["user"], row["origin"]) for row in followed.versions("role")] == [("u1", "direct")]


def test_a_role_held_in_another_way_than_before_is_the_same_role(followed: Followed) -> None:
    grant(followed, "UserProject", "u1", "p1")
    held(followed)

    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")
    grant(followed, "GroupProject", "g1", "p1")
    followed.execute("keystone", "DELETE FROM assignment WHERE actor_id = 'u1'")

    assert held(followed) == {("reader", "u1", "p1", "project", "group", "r2")}
    assert [(row["user"], row["origin"]) for row in followed.versions("role")] == [("u1", "direct")]
