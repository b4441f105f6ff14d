from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def make(followed: Followed, key: str = "n1", **columns: object) -> None:
    followed.insert(
        "neutron", "standardattributes", id=1, resource_type="networks", created_at="2026-01-01 10:00:00",
        updated_at="2026-01-02 10:00:00",
    )  # fmt: skip
    known = {"project_id": "p1", "name": "inside", "status": "ACTIVE", "admin_state_up": 1, "mtu": 1450}
    followed.insert("neutron", "networks", id=key, **{**known, "standard_attr_id": 1, **columns})


def share(followed: Followed, action: str = "access_as_shared", target: str = "*") -> None:
    followed.insert(
        "neutron", "networkrbacs", id=f"{action} {target}", object_id="n1", action=action, target_project=target
    )


@pytest.mark.parametrize("release", [one for one in RELEASES if one >= "2022"])
def test_a_network_brings_its_owner_and_its_times(follow: Callable[..., Followed], release: str) -> None:
    followed = follow(release)
    make(followed)

    row = followed.one("network")

    assert (row["id"], row["project_id"], row["name"]) == ("n1", "p1", "inside")
    assert (row["status"], row["admin_state_up"], row["mtu"]) == ("ACTIVE", True, 1450)
    assert (row["external"], row["shared"]) == (False, False)
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-02 10:00:00")
    assert (row["active"], row["deleted"]) == (True, None)


def test_a_network_without_neutron_is_none(follow: Callable[..., Followed]) -> None:
    followed = follow(without=("neutron",))

    assert followed.read("network") == []


def test_a_network_of_neutrons_own_has_no_project(followed: Followed) -> None:
    make(followed, project_id="")

    assert followed.one("network")["project_id"] is None


def test_a_network_without_times_is_read_all_the_same(followed: Followed) -> None:
    make(followed, standard_attr_id=99)

    assert followed.one("network")["created"] is None


def test_the_way_out_is_external_which_is_not_shared(followed: Followed) -> None:
    make(followed)
    followed.insert("neutron", "externalnetworks", network_id="n1")
    share(followed, action="access_as_external")

    row = followed.one("network")

    assert (row["external"], row["shared"]) == (True, False)


@pytest.mark.parametrize(("target", "shared"), [("*", True), ("p2", False)])
def test_shared_means_with_every_project(followed: Followed, target: str, shared: bool) -> None:
    make(followed)
    share(followed, target=target)
    share(followed, target="p3")

    assert followed.one("network")["shared"] is shared


def test_older_releases_call_a_project_a_tenant(followed: Followed) -> None:
    make(followed)
    share(followed)
    followed.execute("neutron", "ALTER TABLE networkrbacs RENAME COLUMN target_project TO target_tenant")

    assert followed.one("network")["shared"]


def test_a_network_that_is_gone_ended_at_the_latest_when_it_was_missed(followed: Followed) -> None:
    make(followed)
    followed.read("network")

    followed.execute("neutron", "DELETE FROM networks")
    row = followed.one("network")

    assert (row["active"], row["deleted"], row["created"]) == (False, row["vanished_before"], "2026-01-01 10:00:00")
    assert [one["active"] for one in followed.versions("network")] == [True]
