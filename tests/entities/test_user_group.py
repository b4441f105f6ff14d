from tests.entities.followed import Followed


def test_groups_have_names_and_domains(followed: Followed) -> None:
    followed.insert("keystone", "group", id="g1", name="staff", domain_id="d1", description="x")

    row = followed.one("user_group", id="g1")

    assert (row["name"], row["domain_id"], row["description"], row["kind"]) == ("staff", "d1", "x", "local")
    assert row["active"] == 1


def test_a_group_that_only_its_mapping_knows_is_listed_once(followed: Followed) -> None:
    followed.insert("keystone", "group", id="g1", name="staff", domain_id="d1")
    for public_id, local_id, kind in (("g1", "staff", "group"), ("g2", "cn=lab", "group"), ("u1", "ann", "user")):
        followed.insert(
            "keystone", "id_mapping", public_id=public_id, domain_id="d1", local_id=local_id, entity_type=kind
        )

    rows = followed.read("user_group")

    assert [(row["id"], row["name"], row["kind"]) for row in rows] == [
        ("g1", "staff", "local"),
        ("g2", "cn=lab", "mapped"),
    ]


def test_a_group_that_is_gone_is_closed(followed: Followed) -> None:
    followed.insert("keystone", "group", id="g1", name="staff", domain_id="d1")
    followed.read("user_group")

    followed.execute("keystone", "DELETE FROM `group`")

    assert followed.one("user_group", id="g1")["active"] is False
