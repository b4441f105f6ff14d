from typing import Any

import pytest

from reporting_pollster.entities.hypervisor import first_label
from tests.entities.cloud import Cloud


def node(cloud: Cloud, number: int = 1, **columns: Any) -> None:
    known = {
        "host": "cn1.example",
        "hypervisor_hostname": "cn1.example",
        "vcpus": 8,
        "memory_mb": 4096,
        "local_gb": 100,
    }
    cloud.insert("nova_cell1", "compute_nodes", id=number, **{**known, "deleted": 0, **columns})


def test_a_node_brings_its_sizes_its_use_and_its_zone(cloud: Cloud) -> None:
    node(cloud, host_ip="10.0.0.1", vcpus_used=3, memory_mb_used=1024, local_gb_used=10, running_vms=2, uuid="u1")
    cloud.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")
    cloud.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1.example")

    row = cloud.one("hypervisor", id=1)

    assert (row["host"], row["hostname"], row["service_host"]) == ("cn1", "cn1.example", "cn1.example")
    assert (row["ip_address"], row["uuid"], row["availability_zone"]) == ("10.0.0.1", "u1", "north")
    assert (row["cpus"], row["memory"], row["local_storage"]) == (8, 4096, 100)
    assert (row["cpus_used"], row["memory_used"], row["local_storage_used"], row["running_vms"]) == (3, 1024, 10, 2)
    assert (row["active"], row["deleted"]) == (1, None)


def test_a_host_in_no_zone_is_in_the_default_one(cloud: Cloud) -> None:
    node(cloud)

    assert cloud.one("hypervisor", id=1)["availability_zone"] == "nova"


def test_the_live_compute_service_says_whether_it_takes_instances(cloud: Cloud) -> None:
    node(cloud)
    service = {"host": "cn1.example", "binary": "nova-compute"}
    cloud.insert("nova_cell1", "services", **service, disabled=0, deleted=5)
    cloud.insert("nova_cell1", "services", **service, disabled=1, disabled_reason="disk", forced_down=0, deleted=0)
    cloud.insert("nova_cell1", "services", host="cn1.example", binary="nova-other", disabled=0, deleted=0)

    row = cloud.one("hypervisor", id=1)

    assert (row["disabled"], row["disabled_reason"], row["forced_down"]) == (1, "disk", 0)


def test_a_node_without_its_service_leaves_that_open(cloud: Cloud) -> None:
    node(cloud)

    row = cloud.one("hypervisor", id=1)

    assert (row["disabled"], row["disabled_reason"], row["forced_down"]) == (None, None, None)


def test_a_deleted_node_has_no_service_even_when_another_took_its_host(cloud: Cloud) -> None:
    node(cloud, deleted=1, deleted_at="2024-06-01 10:00:00")
    cloud.insert("nova_cell1", "services", host="cn1.example", binary="nova-compute", disabled=1, deleted=0)

    row = cloud.one("hypervisor", id=1)

    assert (row["active"], row["deleted"], row["disabled"]) == (0, "2024-06-01 10:00:00", None)


def test_a_ratio_of_zero_is_the_default_and_unknown(cloud: Cloud) -> None:
    node(cloud, cpu_allocation_ratio=0.0, ram_allocation_ratio=1.5, disk_allocation_ratio=None)

    row = cloud.one("hypervisor", id=1)

    assert (row["cpu_allocation_ratio"], row["ram_allocation_ratio"], row["disk_allocation_ratio"]) == (None, 1.5, None)


def test_bare_metal_nodes_keep_their_own_names(cloud: Cloud) -> None:
    node(cloud, 1, host="ironic1.example", hypervisor_hostname="4f6f6b6c-0000-4000-8000-000000000001")
    node(cloud, 2, host="ironic1.example", hypervisor_hostname=None)

    assert cloud.one("hypervisor", id=1)["host"] == "4f6f6b6c-0000-4000-8000-000000000001"
    assert cloud.one("hypervisor", id=2)["host"] == "ironic1"


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
