from tests.entities.cloud import Cloud


def test_members_bring_the_zone_of_their_aggregate(cloud: Cloud) -> None:
    cloud.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="availability_zone", value="north")
    cloud.insert("nova_api", "aggregate_metadata", aggregate_id=1, key="ssd", value="true")
    cloud.insert("nova_api", "aggregate_hosts", aggregate_id=1, host="cn1.example", created_at="2024-01-01 10:00:00")
    cloud.insert("nova_api", "aggregate_hosts", aggregate_id=2, host="cn1.example")

    rows = {(row["id"], row["host"]): (row["availability_zone"], row["added"]) for row in cloud.read("aggregate_host")}

    assert rows == {(1, "cn1.example"): ("north", "2024-01-01 10:00:00"), (2, "cn1.example"): ("", None)}
