from tests.entities.cloud import Cloud


def test_groups_have_names_and_domains(cloud: Cloud) -> None:
    cloud.insert("keystone", "group", id="g1", name="staff", domain_id="d1", description="x")

    row = cloud.one("user_group", id="g1")

    assert (row["name"], row["domain_id"], row["description"], row["kind"]) == ("staff", "d1", "x", "local")
    assert row["active"] == 1


def test_a_group_that_only_its_mapping_knows_is_listed_once(cloud: Cloud) -> None:
    cloud.insert("keystone", "group", id="g1", name="staff", domain_id="d1")
    for public_id, local_id, kind in (("g1", "staff", "group"), ("g2", "cn=lab", "group"), ("u1", "ann", "user")):
        cloud.insert("keystone", "id_mapping", public_id=public_id, domain_id="d1", local_id=local_id, entity_type=kind)

    rows = cloud.read("user_group")

    assert [(row["id"], row["name"], row["kind"]) for row in rows] == [
        ("g1", "staff", "local"),
        ("g2", "cn=lab", "mapped"),
    ]
