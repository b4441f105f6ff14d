from collections.abc import Callable
from typing import Any

from tests.entities.followed import Followed


def zoned(followed: Followed, number: int, zone: str | None, *hosts: str) -> None:
    followed.insert("nova_api", "aggregates", id=number, name=f"aggregate{number}")
    if zone is not None:
        followed.insert("nova_api", "aggregate_metadata", aggregate_id=number, key="availability_zone", value=zone)
    for host in hosts:
        followed.insert("nova_api", "aggregate_hosts", aggregate_id=number, host=host)


def mapped(followed: Followed, *hosts: str) -> None:
    for host in hosts:
        followed.insert("nova_api", "host_mappings", host=host, cell_id=1)


def zones(followed: Followed) -> dict[Any, Any]:
    return {row["name"]: (row["hosts"], row["is_default"]) for row in followed.read("availability_zone")}


def test_hosts_in_no_zone_make_the_default_one(followed: Followed) -> None:
    mapped(followed, "a", "b", "c")
    zoned(followed, 1, "north", "a")
    zoned(followed, 2, None, "b")

    assert zones(followed) == {"north": (1, 0), "nova": (2, 1)}


def test_there_is_no_default_zone_when_every_host_has_one(followed: Followed) -> None:
    mapped(followed, "a")
    zoned(followed, 1, "north", "a")

    assert zones(followed) == {"north": (1, 0)}


def test_the_default_zone_has_the_name_that_was_set_and_may_be_named_by_aggregates_too(
    follow: Callable[..., Followed],
) -> None:
    followed = follow(default_availability_zone="north")
    mapped(followed, "a", "b")
    zoned(followed, 1, "north", "a")

    assert zones(followed) == {"north": (2, 1)}


def test_an_empty_zone_is_one_and_a_nameless_one_is_none(followed: Followed) -> None:
    zoned(followed, 1, "north")
    zoned(followed, 2, "", "a")

    assert zones(followed) == {"north": (0, 0), "nova": (1, 1)}
    assert followed.pollster.rows("quarantine") == []


def test_a_host_in_two_zones_counts_once(followed: Followed) -> None:
    mapped(followed, "a")
    zoned(followed, 1, "south", "a")
    zoned(followed, 2, "north", "a")

    assert zones(followed) == {"south": (0, 0), "north": (1, 0)}


def test_a_zone_that_no_aggregate_names_any_more_is_closed(followed: Followed) -> None:
    mapped(followed, "a")
    zoned(followed, 1, "north", "a")
    followed.read("availability_zone")

    followed.execute("nova_api", "DELETE FROM aggregate_metadata")

    assert [(row["name"], row["active"]) for row in followed.read("availability_zone")] == [
        ("north", False),
        ("nova", True),
    ]
