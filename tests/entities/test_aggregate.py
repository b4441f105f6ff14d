import json

from tests.entities.followed import Followed


def test_the_zone_of_an_aggregate_is_a_piece_of_its_metadata(followed: Followed) -> None:
    followed.insert("nova_api", "aggregates", id=1, uuid="u1", name="rack1", created_at="2024-01-01 10:00:00")
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="ssd", value="true")
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")

    aggregate = followed.one("aggregate", id=1)

    assert (aggregate["uuid"], aggregate["name"], aggregate["availability_zone"]) == ("u1", "rack1", "north")
    assert (aggregate["created"], aggregate["deleted"], aggregate["active"]) == ("2024-01-01 10:00:00", None, 1)
    assert json.loads(aggregate["metadata"]) == {"availability_zone": "north", "ssd": "true"}


def test_an_aggregate_without_a_zone_says_so_with_an_empty_text(followed: Followed) -> None:
    followed.insert("nova_api", "aggregates", id=1, name="rack1")

    aggregate = followed.one("aggregate", id=1)

    assert (aggregate["availability_zone"], aggregate["metadata"]) == ("", "{}")


def test_an_aggregate_that_is_gone_says_when_at_the_latest_and_nothing_of_it_when_it_is_back(
    followed: Followed,
) -> None:
    followed.insert("nova_api", "aggregates", id=1, name="rack1")
    followed.read("aggregate")

    followed.execute("nova_api", "DELETE FROM aggregates")
    gone = followed.one("aggregate", id=1)
    followed.insert("nova_api", "aggregates", id=1, name="rack1")
    back = followed.one("aggregate", id=1)

    assert (gone["active"], gone["deleted"]) == (False, gone["vanished_before"])
    assert (back["active"], back["deleted"], back["vanished_before"]) == (True, None, None)
