from tests.entities.followed import Followed

ROOT = "<<keystone.domain.root>>"


def test_domains_are_told_from_projects_and_from_the_root_of_all(followed: Followed) -> None:
    followed.insert("keystone", "project", id=ROOT, name=ROOT, domain_id=ROOT, is_domain=1, enabled=0)
    followed.insert(
        "keystone", "project", id="d1", name="physics", domain_id=ROOT, is_domain=1, enabled=1, description="x"
    )
    followed.insert("keystone", "project", id="p1", name="laser", domain_id="d1", is_domain=0, enabled=1)

    assert followed.read("domain") == [
        {**followed.one("domain", id="d1"), "name": "physics", "description": "x", "enabled": 1, "active": 1}
    ]


def test_a_domain_is_enabled_unless_it_says_otherwise(followed: Followed) -> None:
    followed.insert("keystone", "project", id="d1", name="silent", domain_id=ROOT, is_domain=1, enabled=None)
    followed.insert("keystone", "project", id="d2", name="closed", domain_id=ROOT, is_domain=1, enabled=0)

    assert followed.one("domain", id="d1")["enabled"] == 1
    assert followed.one("domain", id="d2")["enabled"] == 0


def test_a_domain_that_is_gone_is_closed(followed: Followed) -> None:
    for domain_id in ("d1", "d2"):
        followed.insert("keystone", "project", id=domain_id, name=domain_id, domain_id=ROOT, is_domain=1, enabled=1)
    followed.read("domain")

    followed.execute("keystone", "DELETE FROM project WHERE id = 'd1'")

    assert [(row["id"], row["active"], row["enabled"]) for row in followed.read("domain")] == [
        ("d1", False, False),
        ("d2", True, True),
    ]
