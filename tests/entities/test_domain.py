from tests.entities.cloud import Cloud

ROOT = "<<keystone.domain.root>>"


def test_domains_are_told_from_projects_and_from_the_root_of_all(cloud: Cloud) -> None:
    cloud.insert("keystone", "project", id=ROOT, name=ROOT, domain_id=ROOT, is_domain=1, enabled=0)
    cloud.insert(
        "keystone", "project", id="d1", name="physics", domain_id=ROOT, is_domain=1, enabled=1, description="x"
    )
    cloud.insert("keystone", "project", id="p1", name="laser", domain_id="d1", is_domain=0, enabled=1)

    assert cloud.read("domain") == [
        {**cloud.one("domain", id="d1"), "name": "physics", "description": "x", "enabled": 1, "active": 1}
    ]


def test_a_domain_is_enabled_unless_it_says_otherwise(cloud: Cloud) -> None:
    cloud.insert("keystone", "project", id="d1", name="silent", domain_id=ROOT, is_domain=1, enabled=None)
    cloud.insert("keystone", "project", id="d2", name="closed", domain_id=ROOT, is_domain=1, enabled=0)

    assert cloud.one("domain", id="d1")["enabled"] == 1
    assert cloud.one("domain", id="d2")["enabled"] == 0
