from tests.entities.followed import Followed

ZEROS = "00000000-0000-0000-0000-000000000000"


def test_every_mapped_cell_is_listed(followed: Followed) -> None:
    followed.insert("nova_api", "cell_mappings", uuid=ZEROS, name="cell0", disabled=0, created_at="2024-01-01 10:00:00")
    followed.insert("nova_api", "cell_mappings", uuid="c1", name="cell1", disabled=1)

    assert followed.one("cell", uuid=ZEROS)["created"] == "2024-01-01 10:00:00"
    assert [(row["name"], row["disabled"], row["active"]) for row in followed.read("cell")] == [
        ("cell0", 0, 1),
        ("cell1", 1, 1),
    ]


def test_a_cell_is_enabled_unless_it_says_otherwise(followed: Followed) -> None:
    followed.insert("nova_api", "cell_mappings", uuid="c1", disabled=None)

    assert followed.one("cell", uuid="c1")["disabled"] == 0


def test_connection_strings_are_never_read(followed: Followed) -> None:
    secret = "mysql+pymysql://nova:hunter2@db/nova_cell1"
    followed.insert("nova_api", "cell_mappings", uuid="c1", database_connection=secret, transport_url=secret)

    assert "hunter2" not in str(followed.read("cell"))


def test_a_cell_that_is_mapped_no_more_is_closed(followed: Followed) -> None:
    for uuid in (ZEROS, "c1", "c2"):
        followed.insert("nova_api", "cell_mappings", uuid=uuid)
    followed.read("cell")

    followed.execute("nova_api", "DELETE FROM cell_mappings WHERE uuid = 'c1'")

    assert [(row["uuid"], row["active"]) for row in followed.read("cell")] == [
        (ZEROS, True),
        ("c1", False),
        ("c2", True),
    ]
