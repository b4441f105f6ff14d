import json
from collections.abc import Callable
from typing import Any

from tests.entities.cloud import Cloud

ROOT = "<<keystone.domain.root>>"


def domain(cloud: Cloud, domain_id: str = "d1", **columns: Any) -> None:
    known = {"name": domain_id, "domain_id": ROOT, "is_domain": 1, "enabled": 1}
    cloud.insert("keystone", "project", id=domain_id, **{**known, **columns})


def project(cloud: Cloud, project_id: str = "p1", **columns: Any) -> None:
    known = {"name": project_id, "domain_id": "d1", "parent_id": "d1", "is_domain": 0, "enabled": 1}
    cloud.insert("keystone", "project", id=project_id, **{**known, **columns})


def test_projects_are_told_from_domains(cloud: Cloud) -> None:
    domain(cloud, ROOT, enabled=0)
    domain(cloud)
    project(cloud, name="laser", description="light", parent_id="p0")

    assert [row["id"] for row in cloud.read("project")] == ["p1"]
    row = cloud.one("project", id="p1")
    assert (row["display_name"], row["description"], row["domain_id"], row["parent_id"]) == (
        "laser",
        "light",
        "d1",
        "p0",
    )
    assert (row["enabled"], row["personal"], row["active"]) == (1, 0, 1)


def test_a_disabled_domain_disables_its_projects(cloud: Cloud) -> None:
    domain(cloud, "open")
    domain(cloud, "silent", enabled=None)
    domain(cloud, "closed", enabled=0)
    for domain_id in ("open", "silent", "closed", "unknown"):
        project(cloud, f"in {domain_id}", domain_id=domain_id)
    project(cloud, "off", domain_id="open", enabled=0)
    project(cloud, "says nothing", domain_id="open", enabled=None)

    assert {row["id"]: row["enabled"] for row in cloud.read("project")} == {
        "in open": 1,
        "in silent": 1,
        "in closed": 0,
        "in unknown": 1,
        "off": 0,
        "says nothing": 1,
    }


def test_personal_projects_are_known_by_their_prefix(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(personal_prefix="trial_")
    for name in ("trial_ann", "pt-ben", "my trial_", "TRIAL_cleo"):
        project(cloud, name)

    assert {row["id"] for row in cloud.read("project") if row["personal"]} == {"trial_ann"}


def test_without_a_prefix_no_project_is_personal(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(personal_prefix="")
    project(cloud)

    assert cloud.one("project", id="p1")["personal"] == 0


def test_tags_are_listed(cloud: Cloud) -> None:
    project(cloud, "p1")
    project(cloud, "p2")
    for name in ("prod", "eu"):
        cloud.insert("keystone", "project_tag", project_id="p1", name=name)

    assert json.loads(cloud.one("project", id="p1")["tags"]) == ["eu", "prod"]
    assert cloud.one("project", id="p2")["tags"] is None


def test_the_organisation_is_the_domain_when_nothing_better_is_known(cloud: Cloud) -> None:
    domain(cloud, name="physics")
    project(cloud, "p1")
    project(cloud, "p2", domain_id="gone")

    assert cloud.one("project", id="p1")["organisation"] == "physics"
    assert cloud.one("project", id="p2")["organisation"] is None
