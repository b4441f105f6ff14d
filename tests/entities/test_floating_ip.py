from collections.abc import Callable

import pytest

from tests.entities.followed import Followed
from tests.entities.selects import RELEASES


def allocate(followed: Followed, key: str = "f1", **columns: object) -> None:
    followed.insert(
        "neutron", "standardattributes", id=1, resource_type="floatingips", created_at="2026-01-01 10:00:00",
        updated_at="2026-01-02 10:00:00",
    )  # fmt: skip
    known = {"project_id": "p1", "floating_ip_address": "192.0.2.7", "floating_network_id": "n1", "status": "DOWN"}
    followed.insert("neutron", "floatingips", id=key, **{**known, "standard_attr_id": 1, **columns})


def port(followed: Followed, owner: str) -> None:
    followed.insert(
        "neutron", "ports", id="port1", network_id="n2", device_owner=owner, device_id="d1", status="ACTIVE"
    )


@pytest.mark.parametrize("release", [one for one in RELEASES if one >= "2022"])
def test_an_address_in_use_tells_its_port_and_the_instance_behind(
    follow: Callable[..., Followed], release: str
) -> None:
    followed = follow(release)
    allocate(followed, fixed_port_id="port1", fixed_ip_address="10.0.0.5", router_id="r1", status="ACTIVE")
    port(followed, "compute:nova")

    row = followed.one("floating_ip")

    assert (row["id"], row["project_id"], row["address"], row["network_id"]) == ("f1", "p1", "192.0.2.7", "n1")
    assert (row["port_id"], row["fixed_ip"], row["instance_id"]) == ("port1", "10.0.0.5", "d1")
    assert (row["router_id"], row["status"]) == ("r1", "ACTIVE")
    assert (row["created"], row["updated"]) == ("2026-01-01 10:00:00", "2026-01-02 10:00:00")
    assert (row["active"], row["deleted"]) == (True, None)


def test_without_neutron_there_is_none(follow: Callable[..., Followed]) -> None:
    followed = follow(without=("neutron",))

    assert followed.read("floating_ip") == []


def test_a_reserved_address_leads_nowhere(followed: Followed) -> None:
    allocate(followed)

    row = followed.one("floating_ip")

    assert (row["port_id"], row["fixed_ip"], row["instance_id"], row["active"]) == (None, None, None, True)


def test_a_port_of_a_load_balancer_is_no_instance(followed: Followed) -> None:
    allocate(followed, fixed_port_id="port1")
    port(followed, "Octavia")

    row = followed.one("floating_ip")

    assert (row["port_id"], row["instance_id"]) == ("port1", None)


def test_an_address_that_moves_keeps_where_it_led(followed: Followed) -> None:
    allocate(followed, fixed_port_id="port1")
    port(followed, "compute:nova")
    followed.read("floating_ip")

    followed.execute("neutron", "UPDATE floatingips SET fixed_port_id = NULL")
    row = followed.one("floating_ip")

    assert (row["port_id"], row["instance_id"]) == (None, None)
    assert [(one["port_id"], one["instance_id"]) for one in followed.versions("floating_ip")] == [("port1", "d1")]


def test_an_address_that_is_given_back_and_allocated_again_is_another(followed: Followed) -> None:
    allocate(followed, "f1")
    followed.read("floating_ip")

    followed.execute("neutron", "UPDATE floatingips SET id = 'f2', project_id = 'p2'")
    first, second = followed.read("floating_ip", address="192.0.2.7")

    assert (first["project_id"], first["active"], first["deleted"]) == ("p1", False, first["vanished_before"])
    assert (second["project_id"], second["active"], second["deleted"]) == ("p2", True, None)
