import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from tests.entities.followed import Followed

ROOT = "<<keystone.domain.root>>"


def domain(followed: Followed, domain_id: str = "d1", **columns: Any) -> None:
    known = {"name": domain_id, "domain_id": ROOT, "is_domain": 1, "enabled": 1}
    followed.insert("keystone", "project", id=domain_id, **{**known, **columns})


def project(followed: Followed, project_id: str = "p1", **columns: Any) -> None:
    known = {"name": project_id, "domain_id": "d1", "parent_id": "d1", "is_domain": 0, "enabled": 1}
    followed.insert("keystone", "project", id=project_id, **{**known, **columns})


def test_projects_are_told_from_domains(followed: Followed) -> None:
    domain(followed, ROOT, enabled=0)
    domain(followed)
    project(followed, name="laser", description="light", parent_id="p0")

    assert [row["id"] for row in followed.read("project")] == ["p1"]
    row = followed.one("project", id="p1")
    assert (row["display_name"], row["description"], row["domain_id"], row["parent_id"]) == (
        "laser",
        "light",
        "d1",
        "p0",
    )
    assert (row["enabled"], row["personal"], row["active"]) == (1, 0, 1)


def test_a_disabled_domain_disables_its_projects(followed: Followed) -> None:
    domain(followed, "open")
    domain(followed, "silent", enabled=None)
    domain(followed, "closed", enabled=0)
    for domain_id in ("open", "silent", "closed", "unknown"):
        project(followed, f"in {domain_id}", domain_id=domain_id)
    project(followed, "off", domain_id="open", enabled=0)
    project(followed, "says nothing", domain_id="open", enabled=None)

    assert {row["id"]: row["enabled"] for row in followed.read("project")} == {
        "in open": 1,
        "in silent": 1,
        "in closed": 0,
        "in unknown": 1,
        "off": 0,
        "says nothing": 1,
    }


def test_personal_projects_are_known_by_their_prefix(follow: Callable[..., Followed]) -> None:
    followed = follow(personal_prefix="trial_")
    for name in ("trial_ann", "pt-ben", "my trial_", "TRIAL_cleo"):
        project(followed, name)

    assert {row["id"] for row in followed.read("project") if row["personal"]} == {"trial_ann"}


def test_without_a_prefix_no_project_is_personal(follow: Callable[..., Followed]) -> None:
    followed = follow(personal_prefix="")
    project(followed)

    assert followed.one("project", id="p1")["personal"] == 0


def test_tags_are_listed(followed: Followed) -> None:
    project(followed, "p1")
    project(followed, "p2")
    for name in ("prod", "eu"):
        followed.insert("keystone", "project_tag", project_id="p1", name=name)

    assert json.loads(followed.one("project", id="p1")["tags"]) == ["eu", "prod"]
    assert followed.one("project", id="p2")["tags"] is None


def test_the_organisation_is_the_domain_when_nothing_better_is_known(followed: Followed) -> None:
    domain(followed, "d1", name="physics")
    project(followed, "p1")
    project(followed, "p2", domain_id="gone")

    assert followed.one("project", id="p1")["organisation"] == "physics"
    assert followed.one("project", id="p2")["organisation"] is None


def test_a_project_that_is_gone_is_closed_and_opens_again_when_it_is_back(followed: Followed) -> None:
    project(followed, "p1")
    project(followed, "p2")
    followed.read("project")

    followed.execute("keystone", "DELETE FROM project WHERE id = 'p1'")
    gone = followed.one("project", id="p1")
    project(followed, "p1")
    back = followed.one("project", id="p1")

    assert (gone["active"], gone["enabled"], gone["display_name"]) == (False, False, "p1")
    assert gone["vanished_after"] <= gone["vanished_before"]
    assert (back["active"], back["enabled"], back["vanished_after"], back["vanished_before"]) == (
        True,
        True,
        None,
        None,
    )
    assert [(row["id"], row["active"]) for row in followed.versions("project")] == [("p1", True), ("p1", False)]


def test_a_project_has_instances_while_one_of_them_lives(followed: Followed) -> None:
    project(followed, "p1")
    project(followed, "p2")
    followed.insert("nova_cell1", "instances", uuid="i1", project_id="p1", hidden=0, deleted=0)
    followed.read("instance")

    has = {row["id"]: row["has_instances"] for row in followed.read("project")}
    followed.execute("nova_cell1", "UPDATE instances SET deleted = id, terminated_at = UTC_TIMESTAMP()")
    followed.read("instance")
    had = {row["id"]: row["has_instances"] for row in followed.read("project")}

    assert has == {"p1": True, "p2": False}
    assert had == {"p1": False, "p2": False}


def person(followed: Followed, user_id: str, attributes: bytes | None) -> None:
    followed.insert("rcshib", "user", user_id=user_id, shibboleth_attributes=attributes)


def grant(followed: Followed, user_id: str, role: str, project_id: str = "p1", **columns: Any) -> None:
    known = {"type": "UserProject", "actor_id": user_id, "target_id": project_id, "role_id": role, "inherited": 0}
    followed.insert("keystone", "assignment", **{**known, **columns})


@pytest.fixture
def peopled(followed: Followed) -> Followed:
    """A project with a manager, a member and a reader, of whom the federation knows something."""
    domain(followed)
    project(followed, "p1")
    for role, name in (("r1", "TenantManager"), ("r2", "Member"), ("r3", "reader")):
        followed.insert("keystone", "role", id=role, name=name)
    return followed


def test_the_organisation_is_that_of_the_manager(peopled: Followed) -> None:
    grant(peopled, "ann", "r2")
    grant(peopled, "ben", "r1")
    person(peopled, "ann", pickle.dumps({"organisation": "Ann's"}))
    person(peopled, "ben", pickle.dumps({"organisation": "Ben's"}, protocol=0))

    assert peopled.one("project", id="p1")["organisation"] == "Ben's"


def test_a_member_is_asked_when_the_manager_tells_nothing(peopled: Followed) -> None:
    grant(peopled, "ann", "r2")
    grant(peopled, "ben", "r1")
    person(peopled, "ann", pickle.dumps({"mail": "ann@example.org"}))
    person(peopled, "ben", None)

    assert peopled.one("project", id="p1")["organisation"] == "example.org"


def test_nobody_else_is_asked(peopled: Followed) -> None:
    grant(peopled, "ann", "r3")
    grant(peopled, "ben", "r1", inherited=1)
    grant(peopled, "staff", "r1", type="GroupProject")
    for user_id in ("ann", "ben", "staff"):
        person(peopled, user_id, pickle.dumps({"organisation": "theirs"}))

    assert peopled.one("project", id="p1")["organisation"] == "d1"


def test_attributes_that_would_run_something_are_put_aside(peopled: Followed) -> None:
    grant(peopled, "ann", "r1")
    person(peopled, "ann", b"cos\nsystem\n(S'touch /tmp/owned'\ntR.")

    assert peopled.one("project", id="p1")["organisation"] == "d1"
    (problem,) = peopled.pollster.rows("quarantine")
    assert (problem["table_name"], problem["row_key"], problem["column_name"]) == (
        "project",
        "user ann",
        "organisation",
    )
    assert problem["reason"] == "not a pickle of plain data: GLOBAL at byte 0 is not plain data"
    assert json.loads(problem["raw"]) == {"user_id": "ann", "attributes": "cos\nsystem\n(S'touch /tmp/owned'\ntR."}


def test_attributes_that_were_mended_are_put_aside_no_more(peopled: Followed) -> None:
    grant(peopled, "ann", "r1")
    person(peopled, "ann", b"cut short")
    peopled.read("project")

    peopled.cloud.execute(
        "rcshib", "UPDATE `user` SET shibboleth_attributes = %s", (pickle.dumps({"organisation": "Ann's"}),)
    )
    peopled.execute("rcshib", "DO SLEEP(1.1)")

    assert peopled.one("project", id="p1")["organisation"] == "Ann's"
    assert peopled.pollster.one("quarantine")["resolved"] is not None


def test_quotas_are_those_in_force(followed: Followed) -> None:
    project(followed, "p1")
    project(followed, "p2")
    for resource, hard_limit in (("instances", 10), ("cores", 20), ("ram", 51200)):
        followed.insert("nova_api", "quota_classes", class_name="default", resource=resource, hard_limit=hard_limit)
    for resource, hard_limit in (("gigabytes", 1000), ("snapshots", 10)):
        class_ = {"class_name": "default", "resource": resource, "hard_limit": hard_limit, "deleted": 0}
        followed.insert("cinder", "quota_classes", **class_)
    followed.insert("nova_api", "quotas", project_id="p1", resource="cores", hard_limit=-1)
    followed.insert("cinder", "quotas", project_id="p1", resource="gigabytes", hard_limit=7, deleted=0)
    followed.insert("cinder", "quotas", project_id="p1", resource="gigabytes_ssd", hard_limit=5, deleted=0)

    assert [quotas(row) for row in followed.read("project")] == [
        (10, -1, 51200, 7, 10, None),
        (10, 20, 51200, 1000, 10, None),
    ]


def test_unified_limits_are_quotas_too(followed: Followed) -> None:
    project(followed, "p1")
    project(followed, "p2")
    followed.insert("keystone", "service", id="s1", type="compute")
    registered = {"resource_name": "class:VCPU", "service_id": "s1", "region_id": None}
    followed.insert("keystone", "registered_limit", id="r1", default_limit=20, **registered)
    followed.insert("keystone", "limit", id="l1", registered_limit_id="r1", project_id="p1", resource_limit=99)

    assert [row["quota_vcpus"] for row in followed.read("project")] == [99, 20]


def quotas(row: dict[str, Any]) -> tuple[Any, ...]:
    names = "instances", "vcpus", "memory", "volume_total", "snapshot", "volume_count"
    return tuple(row[f"quota_{name}"] for name in names)
