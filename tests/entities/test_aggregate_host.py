from tests.entities.followed import Followed


def test_members_bring_the_zone_of_their_aggregate(followed: Followed) -> None:
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")
    followed.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="ssd", value="true")
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1.example", created_at="2024-01-01 10:00:00")
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=2, host="cn1.example")

    rows = {
        (row["id"], row["host"]): (row["availability_zone"], row["added"]) for row in followed.read("aggregate_host")
    }

    assert rows == {(1, "cn1.example"): ("north", "2024-01-01 10:00:00"), (2, "cn1.example"): ("", None)}


def test_every_cycle_that_sees_a_member_says_so_and_stops_when_it_left(followed: Followed) -> None:
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="stays")
    followed.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="leaves")
    first = {row["host"]: row["last_seen"] for row in followed.read("aggregate_host")}

    followed.execute("nova_api", "DELETE FROM aggregate_hosts WHERE host = 'leaves'")
    followed.execute("nova_api", "DO SLEEP(1.1)")
    later = {row["host"]: (row["active"], row["last_seen"]) for row in followed.read("aggregate_host")}

    assert later["leaves"] == (False, first["leaves"])
    assert later["stays"][0] is True
    assert later["stays"][1] > first["stays"]
