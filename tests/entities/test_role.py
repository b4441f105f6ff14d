from typing import Any

import pytest

from tests.entities.cloud import Cloud

ROOT = "<<keystone.domain.root>>"


@pytest.fixture
def cloud() -> Cloud:
    """A domain with a project and one below it, and two roles of which one implies the other."""
    cloud = Cloud()
    for project_id, domain_id, parent_id, is_domain in (
        (ROOT, ROOT, None, 1),
        ("d1", ROOT, None, 1),
        ("p1", "d1", "d1", 0),
        ("p2", "d1", "p1", 0),
    ):
        columns = {"name": project_id, "domain_id": domain_id, "parent_id": parent_id, "is_domain": is_domain}
        cloud.insert("keystone", "project", id=project_id, **columns)
    cloud.insert("keystone", "role", id="r1", name="member", domain_id="<<null>>")
    cloud.insert("keystone", "role", id="r2", name="reader", domain_id="<<null>>")
    cloud.insert("keystone", "implied_role", prior_role_id="r1", implied_role_id="r2")
    return cloud


def grant(cloud: Cloud, kind: str, actor: str, target: str, role: str = "r2", inherited: int = 0) -> None:
    columns: dict[str, Any] = {"actor_id": actor, "target_id": target, "role_id": role, "inherited": inherited}
    cloud.insert("keystone", "system_assignment" if "System" in kind else "assignment", type=kind, **columns)


def held(cloud: Cloud) -> set[tuple[Any, ...]]:
    return {
        (row["role"], row["user"], row["project"], row["scope"], row["origin"], row["role_id"])
        for row in cloud.read("role")
    }


def test_a_role_brings_those_it_implies(cloud: Cloud) -> None:
    grant(cloud, "UserProject", "u1", "p1", "r1")

    assert held(cloud) == {
        ("member", "u1", "p1", "project", "direct", "r1"),
        ("reader", "u1", "p1", "project", "direct+implied", "r2"),
    }


def test_a_group_gives_its_roles_to_its_members(cloud: Cloud) -> None:
    grant(cloud, "GroupProject", "g1", "p1")
    cloud.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")

    assert held(cloud) == {("reader", "u1", "p1", "project", "group", "r2")}


def test_an_expiring_member_holds_roles_until_the_end(cloud: Cloud) -> None:
    grant(cloud, "GroupProject", "g1", "p1")
    cloud.insert("keystone", "identity_provider", id="idp", authorization_ttl=60)
    for user, verified in (("late", "2020-01-01 10:00:00"), ("fresh", "2120-01-01 10:00:00")):
        columns = {"user_id": user, "group_id": "g1", "idp_id": "idp", "last_verified": verified}
        cloud.insert("keystone", "expiring_user_group_membership", **columns)

    assert held(cloud) == {("reader", "fresh", "p1", "project", "group", "r2")}


def test_an_inherited_role_holds_below_its_target(cloud: Cloud) -> None:
    grant(cloud, "UserDomain", "u1", "d1", inherited=1)
    grant(cloud, "UserProject", "u2", "p1", inherited=1)

    assert held(cloud) == {
        ("reader", "u1", "p1", "project", "inherited", "r2"),
        ("reader", "u1", "p2", "project", "inherited", "r2"),
        ("reader", "u2", "p2", "project", "inherited", "r2"),
    }


def test_roles_on_domains_and_on_the_system_say_so(cloud: Cloud) -> None:
    grant(cloud, "UserDomain", "u1", "d1")
    grant(cloud, "UserSystem", "u1", "system")

    assert held(cloud) == {
        ("reader", "u1", "d1", "domain", "direct", "r2"),
        ("reader", "u1", "system", "system", "direct", "r2"),
    }


def test_grants_that_outlived_their_project_or_role_give_nothing(cloud: Cloud) -> None:
    grant(cloud, "UserProject", "u1", "gone")
    grant(cloud, "UserProject", "u1", "p1", "gone")

    assert held(cloud) == set()
