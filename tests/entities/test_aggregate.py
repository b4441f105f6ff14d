import json

from tests.entities.cloud import Cloud


def test_the_zone_of_an_aggregate_is_a_piece_of_its_metadata(cloud: Cloud) -> None:
    cloud.insert("nova_api", "aggregates", id=1, uuid="u1", name="rack1", created_at="2024-01-01 10:00:00")
    cloud.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="ssd", value="true")
    cloud.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")

    aggregate = cloud.one("aggregate", id=1)

    assert (aggregate["uuid"], aggregate["name"], aggregate["availability_zone"]) == ("u1", "rack1", "north")
    assert (aggregate["created"], aggregate["deleted"], aggregate["active"]) == ("2024-01-01 10:00:00", None, 1)
    assert json.loads(aggregate["metadata"]) == {"availability_zone": "north", "ssd": "true"}


def test_an_aggregate_without_a_zone_says_so_with_an_empty_text(cloud: Cloud) -> None:
    cloud.insert("nova_api", "aggregates", id=1, name="rack1")

    aggregate = cloud.one("aggregate", id=1)

    assert (aggregate["availability_zone"], aggregate["metadata"]) == ("", "{}")
