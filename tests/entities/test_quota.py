from collections.abc import Callable
from typing import Any

from tests.entities.followed import Followed


def limits(followed: Followed) -> dict[Any, Any]:
    return {
        (row["project_id"], row["service"], row["resource"]): (row["hard_limit"], row["source"])
        for row in followed.read("quota")
    }


def test_limits_of_projects_and_default_classes_stand_side_by_side(followed: Followed) -> None:
    followed.insert("nova_api", "quotas", project_id="p1", resource="cores", hard_limit=-1)
    followed.insert("nova_api", "quota_classes", class_name="default", resource="cores", hard_limit=20)
    followed.insert("nova_api", "quota_classes", class_name="gold", resource="cores", hard_limit=900)
    followed.insert("cinder", "quota_classes", class_name="gold", resource="volumes", hard_limit=900, deleted=0)
    followed.insert("cinder", "quotas", project_id="p1", resource="gigabytes_ssd", hard_limit=500, deleted=0)
    followed.insert("neutron", "quotas", id="q1", project_id="p1", resource="floatingip", limit=3)

    assert limits(followed) == {
        ("p1", "compute", "cores"): (-1, "project"),
        ("", "compute", "cores"): (20, "class"),
        ("p1", "volume", "gigabytes_ssd"): (500, "project"),
        ("p1", "network", "floatingip"): (3, "project"),
    }


def test_what_cinder_deleted_does_not_count_and_of_duplicates_the_last_does(followed: Followed) -> None:
    for hard_limit, deleted in ((1, 0), (2, None), (3, 1)):
        followed.insert("cinder", "quotas", project_id="p1", resource="volumes", hard_limit=hard_limit, deleted=deleted)
        followed.insert(
            "cinder", "quota_classes", class_name="default", resource="volumes", hard_limit=hard_limit, deleted=deleted
        )

    assert limits(followed) == {("p1", "volume", "volumes"): (2, "project"), ("", "volume", "volumes"): (2, "class")}


def test_what_is_in_use_stands_beside_the_limit_that_holds(followed: Followed) -> None:
    followed.insert("cinder", "quota_classes", class_name="default", resource="volumes", hard_limit=10, deleted=0)
    followed.insert("cinder", "quotas", project_id="p1", resource="volumes", hard_limit=50, deleted=0)
    for project, resource in (("p1", "volumes"), ("p2", "volumes"), ("p2", "backups")):
        followed.insert(
            "cinder", "quota_usages", project_id=project, resource=resource, in_use=4, reserved=1, deleted=0
        )

    used = {(row["project_id"], row["resource"]): row for row in followed.read("quota")}

    assert {key: (row["hard_limit"], row["source"], row["in_use"], row["reserved"]) for key, row in used.items()} == {
        ("", "volumes"): (10, "class", None, None),
        ("p1", "volumes"): (50, "project", 4, 1),
        ("p2", "volumes"): (10, "class", 4, 1),
        ("p2", "backups"): (None, None, 4, 1),
    }


def test_a_limit_that_is_null_or_below_nothing_is_none(followed: Followed) -> None:
    followed.insert("nova_api", "quotas", project_id="p1", resource="cores", hard_limit=None)
    followed.insert("nova_api", "quotas", project_id="p1", resource="ram", hard_limit=-7)

    assert limits(followed) == {("p1", "compute", "cores"): (-1, "project"), ("p1", "compute", "ram"): (-1, "project")}


def registered(
    followed: Followed, limit_id: str, default: int, region: str | None = None, service: str | None = "s1"
) -> None:
    columns = {"resource_name": "class:VCPU", "default_limit": default, "region_id": region, "service_id": service}
    followed.insert("keystone", "registered_limit", id=limit_id, **columns)


def test_unified_limits_are_those_of_the_service_they_are_for(followed: Followed) -> None:
    followed.insert("keystone", "service", id="s1", type="compute")
    registered(followed, "r1", 20)
    followed.insert("keystone", "limit", id="l1", registered_limit_id="r1", project_id="p1", resource_limit=-1)
    followed.insert("keystone", "limit", id="l2", registered_limit_id="r1", domain_id="d1", resource_limit=99)
    followed.insert("keystone", "limit", id="l3", registered_limit_id="gone", project_id="p2", resource_limit=1)

    assert limits(followed) == {
        ("", "compute", "class:VCPU"): (20, "registered"),
        ("p1", "compute", "class:VCPU"): (-1, "unified"),
        ("d1", "compute", "class:VCPU"): (99, "unified"),
    }


def test_a_unified_limit_of_our_region_goes_before_one_of_all(
    followed: Followed,
) -> None:
    followed.insert("keystone", "service", id="s1", type="compute")
    registered(followed, "ours", 30, "RegionOne")
    registered(followed, "all", 20)
    registered(followed, "theirs", 10, "RegionTwo")
    for number, limit in enumerate(("ours", "all", "theirs")):
        columns = {"registered_limit_id": limit, "project_id": "p1", "resource_limit": number}
        followed.insert("keystone", "limit", id=f"l{number}", **columns)

    assert limits(followed) == {
        ("", "compute", "class:VCPU"): (30, "registered"),
        ("p1", "compute", "class:VCPU"): (0, "unified"),
    }


def test_a_unified_limit_of_no_known_service_is_kept(followed: Followed) -> None:
    registered(followed, "r1", 20, service=None)

    assert limits(followed) == {("", "unknown", "class:VCPU"): (20, "registered")}


def test_quotas_are_read_without_neutron(follow: Callable[..., Followed]) -> None:
    followed = follow(without=("neutron",))
    followed.insert("nova_api", "quotas", project_id="p1", resource="cores", hard_limit=1)

    assert limits(followed) == {("p1", "compute", "cores"): (1, "project")}


def test_a_limit_that_was_taken_back_is_closed(followed: Followed) -> None:
    followed.insert("nova_api", "quotas", project_id="p1", resource="cores", hard_limit=10)
    followed.read("quota")

    followed.execute("nova_api", "DELETE FROM quotas")

    assert [(row["project_id"], row["hard_limit"], row["active"]) for row in followed.read("quota")] == [
        ("p1", 10, False)
    ]
