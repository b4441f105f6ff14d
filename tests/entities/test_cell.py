from tests.entities.cloud import Cloud

ZEROS = "00000000-0000-0000-0000-000000000000"


def test_every_mapped_cell_is_listed(cloud: Cloud) -> None:
    cloud.insert("nova_api", "cell_mappings", uuid=ZEROS, name="cell0", disabled=0, created_at="2024-01-01 10:00:00")
    cloud.insert("nova_api", "cell_mappings", uuid="c1", name="cell1", disabled=1)

    assert cloud.one("cell", uuid=ZEROS)["created"] == "2024-01-01 10:00:00"
    assert [(row["name"], row["disabled"], row["active"]) for row in cloud.read("cell")] == [
        ("cell0", 0, 1),
        ("cell1", 1, 1),
    ]


def test_a_cell_is_enabled_unless_it_says_otherwise(cloud: Cloud) -> None:
    cloud.insert("nova_api", "cell_mappings", uuid="c1", disabled=None)

    assert cloud.one("cell", uuid="c1")["disabled"] == 0


def test_connection_strings_are_never_read(cloud: Cloud) -> None:
    secret = "mysql+pymysql://nova:hunter2@db/nova_cell1"
    cloud.insert("nova_api", "cell_mappings", uuid="c1", database_connection=secret, transport_url=secret)

    assert "hunter2" not in str(cloud.read("cell"))
