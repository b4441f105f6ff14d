from collections.abc import Callable
from typing import Any

from tests.entities.cloud import Cloud


def zoned(cloud: Cloud, number: int, zone: str | None, *hosts: str) -> None:
    cloud.insert("nova_api", "aggregates", id=number, name=f"aggregate{number}")
    if zone is not None:
        cloud.insert("nova_api", "aggregate_metadata", aggregate_id=number, key="availability_zone", value=zone)
    for host in hosts:
        cloud.insert("nova_api", "aggregate_hosts", aggregate_id=number, host=host)


def mapped(cloud: Cloud, *hosts: str) -> None:
    for host in hosts:
        cloud.insert("nova_api", "host_mappings", host=host, cell_id=1)


def zones(cloud: Cloud) -> dict[Any, Any]:
    return {row["name"]: (row["hosts"], row["is_default"]) for row in cloud.read("availability_zone")}


def test_hosts_in_no_zone_make_the_default_one(cloud: Cloud) -> None:
    mapped(cloud, "a", "b", "c")
    zoned(cloud, 1, "north", "a")
    zoned(cloud, 2, None, "b")

    assert zones(cloud) == {"north": (1, 0), "nova": (2, 1)}


def test_there_is_no_default_zone_when_every_host_has_one(cloud: Cloud) -> None:
    mapped(cloud, "a")
    zoned(cloud, 1, "north", "a")

    assert zones(cloud) == {"north": (1, 0)}


def test_the_default_zone_has_the_name_that_was_set_and_may_be_named_by_aggregates_too(
    make_cloud: Callable[..., Cloud],
) -> None:
    cloud = make_cloud(default_availability_zone="north")
    mapped(cloud, "a", "b")
    zoned(cloud, 1, "north", "a")

    assert zones(cloud) == {"north": (2, 1)}


def test_an_empty_zone_is_one_and_a_nameless_one_is_none(cloud: Cloud) -> None:
    zoned(cloud, 1, "north")
    zoned(cloud, 2, "", "a")

    assert zones(cloud) == {"north": (0, 0), "nova": (1, 1)}


def test_a_host_in_two_zones_counts_once(cloud: Cloud) -> None:
    mapped(cloud, "a")
    zoned(cloud, 1, "south", "a")
    zoned(cloud, 2, "north", "a")

    assert zones(cloud) == {"south": (0, 0), "north": (1, 0)}
