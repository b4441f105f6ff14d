from typing import Any

import pytest

from reporting_pollster.entities.hypervisor import first_label
from tests.entities.followed import Followed


def node(followed: Followed, number: int = 1, **columns: Any) -> None:
    known = {
        "host": "cn1.example",
        "hypervisor_hostname": "cn1.example",
        "vcpus": 8,
        "memory_mb": 4096,
        "local_gb": 100,
    }
    followed.insert("nova_cell1", "compute_nodes", id=number, **{**known, "deleted": 0, **columns})


def test_a_node_brings_its_sizes_its_use_and_its_zone(followed: Followed) -> None:
    node(followed, host_ip="10.0.0.1", vcpus_used=3, memory_mb_used=1024, local_gb_used=10, running_vms=2, uuid="u1")
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1.example")

    row = followed.one("hypervisor", id=1)

    assert (row["host"], row["hostname"], row["service_host"]) == ("cn1", "cn1.example", "cn1.example")
    assert (row["ip_address"], row["uuid"], row["availability_zone"]) == ("10.0.0.1", "u1", "north")
    assert (row["cpus"], row["memory"], row["local_storage"]) == (8, 4096, 100)
    assert (row["cpus_used"], row["memory_used"], row["local_storage_used"], row["running_vms"]) == (3, 1024, 10, 2)
    assert (row["active"], row["deleted"]) == (1, None)


def test_a_host_in_no_zone_is_in_the_default_one(followed: Followed) -> None:
    node(followed)

    assert followed.one("hypervisor", id=1)["availability_zone"] == "nova"


def test_the_live_compute_service_says_whether_it_takes_instances(followed: Followed) -> None:
    node(followed)
    service = {"host": "cn1.example", "binary": "nova-compute"}
    followed.insert("nova_cell1", "services", **service, disabled=0, deleted=5)
    followed.insert("nova_cell1", "services", **service, disabled=1, disabled_reason="disk", forced_down=0, deleted=0)
    followed.insert("nova_cell1", "services", host="cn1.example", binary="nova-other", disabled=0, deleted=0)

    row = followed.one("hypervisor", id=1)

    assert (row["disabled"], row["disabled_reason"], row["forced_down"]) == (1, "disk", 0)


def test_a_node_without_its_service_leaves_that_open(followed: Followed) -> None:
    node(followed)

    row = followed.one("hypervisor", id=1)

    assert (row["disabled"], row["disabled_reason"], row["forced_down"]) == (None, None, None)


def test_a_deleted_node_has_no_service_even_when_another_took_its_host(followed: Followed) -> None:
    node(followed, deleted=1, deleted_at="2024-06-01 10:00:00")
    followed.insert("nova_cell1", "services", host="cn1.example", binary="nova-compute", disabled=1, deleted=0)

    row = followed.one("hypervisor", id=1)

    assert (row["active"], row["deleted"], row["disabled"]) == (0, "2024-06-01 10:00:00", None)


def test_a_ratio_of_zero_is_the_default_and_unknown(followed: Followed) -> None:
    node(followed, cpu_allocation_ratio=0.0, ram_allocation_ratio=0.9, disk_allocation_ratio=None)

    row = followed.one("hypervisor", id=1)

    assert (row["cpu_allocation_ratio"], row["ram_allocation_ratio"], row["disk_allocation_ratio"]) == (None, 0.9, None)


def test_bare_metal_nodes_keep_their_own_names(followed: Followed) -> None:
    node(followed, 1, host="ironic1.example", hypervisor_hostname="4f6f6b6c-0000-4000-8000-000000000001")
    node(followed, 2, host="ironic1.example", hypervisor_hostname=None)

    assert followed.one("hypervisor", id=1)["host"] == "4f6f6b6c-0000-4000-8000-000000000001"
    assert followed.one("hypervisor", id=2)["host"] == "ironic1"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("cn1.dc.example", "cn1"),
        ("cn1", "cn1"),
        ("10.0.0.1", "10.0.0.1"),
        ("fe80::1", "fe80::1"),
        ("", ""),
        (None, None),
        (b"cn1.example", b"cn1.example"),
    ],
)
def test_the_first_label_of_a_name(name: object, label: object) -> None:
    assert first_label(name) == label


def test_a_host_that_changes_its_zone_is_one_row_that_changes(followed: Followed) -> None:
    node(followed)
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1.example")
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")
    followed.read("hypervisor")

    followed.execute("nova_api", "UPDATE aggregate_metadata SET value = 'south'")

    assert [(row["id"], row["availability_zone"]) for row in followed.read("hypervisor")] == [(1, "south")]
    assert [row["availability_zone"] for row in followed.versions("hypervisor")] == ["north"]


def test_a_node_that_comes_back_in_place_is_alive_again(followed: Followed) -> None:
    node(followed, deleted=1, deleted_at="2024-06-01 10:00:00")
    followed.read("hypervisor")

    followed.execute("nova_cell1", "UPDATE compute_nodes SET deleted = 0, deleted_at = NULL")

    row = followed.one("hypervisor", id=1)
    assert (row["active"], row["deleted"]) == (True, None)
    assert row["last_seen"] is not None


def test_nodes_of_two_cells_may_have_the_same_number(followed: Followed) -> None:
    node(followed)
    followed.insert("nova_cell0", "compute_nodes", id=1, host="cn2", hypervisor_hostname="cn2", deleted=0)

    assert [(row["cell_name"], row["host"]) for row in followed.read("hypervisor")] == [
        ("cell0", "cn2"),
        ("cell1", "cn1"),
    ]
