"""Every table, from every release, into every kind of store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reporting_pollster.derived import timelines
from reporting_pollster.entities import catalogue
from tests.entities.followed import Followed
from tests.openstack import RELEASES, Cloud

PROJECT = "b" * 32


def fill(followed: Followed) -> None:
    """A row or two for each table, with columns that every release has."""
    names = {"id": "d1", "name": "physics", "domain_id": "<<keystone.domain.root>>", "is_domain": 1}
    followed.insert("keystone", "project", **names)
    followed.insert("keystone", "project", id=PROJECT, name="laser", domain_id="d1", parent_id="d1", is_domain=0)
    followed.insert("keystone", "project_tag", project_id=PROJECT, name="eu")
    followed.insert("keystone", "user", id="u1", domain_id="d1", extra="{}", enabled=1, last_active_at="2024-05-01")
    followed.insert("keystone", "group", id="g1", name="staff", domain_id="d1")
    followed.insert("keystone", "user_group_membership", user_id="u1", group_id="g1")
    followed.insert("keystone", "role", id="r1", name="member")
    grant = {"type": "GroupProject", "actor_id": "g1", "target_id": PROJECT, "role_id": "r1", "inherited": 0}
    followed.insert("keystone", "assignment", **grant)
    followed.insert("nova_api", "flavors", id=1, name="small", flavorid="1", rxtx_factor=1.1, is_public=1)
    followed.insert("nova_api", "flavor_extra_specs", flavor_id=1, key="ssd", value="true")
    followed.insert("nova_api", "cell_mappings", uuid="c1", name="cell1")
    followed.insert("nova_api", "host_mappings", host="cn1", cell_id=1)
    followed.insert("nova_api", "aggregates", id=1, name="rack")
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1")
    followed.insert("nova_api", "quotas", project_id=PROJECT, resource="cores", hard_limit=5)
    followed.insert("nova_cell1", "services", host="cn1", binary="nova-compute", deleted=0)
    followed.insert("nova_cell1", "compute_nodes", host="cn1", hypervisor_hostname="cn1.example", deleted=0)
    request = {"project_id": PROJECT, "status": "A", "start_date": "2024-01-01", "modified_time": "2024-01-01 10:00:00"}
    followed.insert("dashboard", "rcallocation_allocationrequest", id=1, **request)


FILLED = (
    "domain project user user_group group_member role flavour cell service hypervisor availability_zone aggregate "
    "aggregate_host quota allocation"
)


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_is_understood(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    fill(followed)

    results = followed.pollster.sync()

    assert {result.table for result in results} == {*catalogue(), *(each.name for each in timelines().values())}
    assert [result for result in results if result.bad] == []
    assert [name for name in FILLED.split() if not followed.pollster.rows(name)] == []


@pytest.fixture
def anywhere(openstack: Callable[..., Cloud], ready_store_url: str) -> Iterator[Followed]:
    """Return a cloud that is followed into each kind of store, one after the other."""
    followed = Followed(openstack(), ready_store_url)
    yield followed
    followed.close()


def test_every_store_says_the_same_and_nothing_changes_by_itself(anywhere: Followed) -> None:
    fill(anywhere)
    anywhere.pollster.sync()
    before = anywhere.pollster.contents(FILLED.split())

    again = anywhere.pollster.sync()

    assert [result for result in again if not result.plan.is_empty] == []
    assert anywhere.pollster.contents(FILLED.split()) == before
    assert shown(before["project"]) == {"display_name": "laser", "quota_vcpus": 5, "tags": '["eu"]', "enabled": True}
    assert before["flavour"][0]["rxtx_factor"] == 1.1
    assert str(before["user"][0]["last_active"]) == "2024-05-01"
    assert str(before["allocation"][0]["start_date"]) == "2024-01-01"


def shown(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: rows[0][name] for name in ("display_name", "quota_vcpus", "tags", "enabled")}
