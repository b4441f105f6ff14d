import json
from typing import Any

import pytest

from reporting_pollster.entities.user import email_in
from tests.entities.cloud import Cloud


def user(cloud: Cloud, user_id: str = "u1", **columns: Any) -> None:
    cloud.insert("keystone", "user", id=user_id, domain_id="d1", **{"enabled": 1, "extra": "{}", **columns})


def test_a_local_user_has_the_name_of_the_local_table(cloud: Cloud) -> None:
    extra = json.dumps({"email": "ann@example.org"})
    user(cloud, extra=extra, default_project_id="p1", created_at="2024-01-01 10:00:00", last_active_at="2024-05-01")
    cloud.insert("keystone", "local_user", user_id="u1", domain_id="d1", name="ann")

    row = cloud.one("user", id="u1")

    assert (row["name"], row["email"], row["kind"], row["domain_id"]) == ("ann", "ann@example.org", "local", "d1")
    assert (row["default_project"], row["enabled"], row["active"]) == ("p1", 1, 1)
    assert (row["created"], row["last_active"], row["deleted"]) == ("2024-01-01 10:00:00", "2024-05-01", None)


def test_an_ldap_user_who_logged_in_has_the_name_of_the_nonlocal_table(cloud: Cloud) -> None:
    user(cloud)
    cloud.insert("keystone", "nonlocal_user", user_id="u1", domain_id="d1", name="ben")
    cloud.insert("keystone", "id_mapping", public_id="u1", domain_id="d1", local_id="uid=ben", entity_type="user")

    rows = cloud.read("user")

    assert [(row["id"], row["name"], row["kind"]) for row in rows] == [("u1", "ben", "nonlocal")]


def test_a_federated_user_is_one_however_many_providers_know_it(cloud: Cloud) -> None:
    user(cloud)
    federated = {"user_id": "u1", "protocol_id": "saml2", "unique_id": "x"}
    cloud.insert("keystone", "federated_user", idp_id="a", display_name="Cleo", **federated)
    cloud.insert("keystone", "federated_user", idp_id="b", display_name=None, **federated)

    rows = cloud.read("user")

    assert [(row["id"], row["name"], row["kind"]) for row in rows] == [("u1", "Cleo", "federated")]


def test_a_federated_user_without_a_name_goes_by_its_id_at_the_provider(cloud: Cloud) -> None:
    user(cloud)
    cloud.insert("keystone", "federated_user", user_id="u1", idp_id="a", protocol_id="x", unique_id="cleo%40example")

    assert cloud.one("user", id="u1")["name"] == "cleo%40example"


def test_an_ldap_user_who_never_logged_in_is_known_by_its_mapping(cloud: Cloud) -> None:
    cloud.insert("keystone", "id_mapping", public_id="f" * 64, domain_id="d2", local_id="dora", entity_type="user")
    cloud.insert("keystone", "id_mapping", public_id="e" * 64, domain_id="d2", local_id="staff", entity_type="group")

    rows = cloud.read("user")

    assert [(row["id"], row["name"], row["kind"], row["enabled"]) for row in rows] == [
        ("f" * 64, "dora", "mapped", None)
    ]


def test_a_user_of_no_known_kind_is_kept_without_a_name(cloud: Cloud) -> None:
    user(cloud, enabled=0)

    row = cloud.one("user", id="u1")

    assert (row["name"], row["kind"], row["enabled"]) == (None, None, 0)


def test_the_identity_federation_knows_names_and_addresses_better(cloud: Cloud) -> None:
    user(cloud, extra=json.dumps({"email": "old@example.org"}))
    cloud.insert("keystone", "local_user", user_id="u1", domain_id="d1", name="ann")
    cloud.insert("rcshib", "user", user_id="u1", displayname="Ann of old", email="ann@first.example")
    cloud.insert("rcshib", "user", user_id="u1", displayname="Ann Other", email="")
    cloud.insert("rcshib", "user", user_id=None, displayname="Nobody", email="nobody@example.org")

    row = cloud.one("user", id="u1")

    assert (row["name"], row["email"]) == ("Ann Other", "ann@first.example")


@pytest.mark.parametrize(
    ("extra", "email"),
    [
        ('{"email": "a@b"}', "a@b"),
        ('{"email": ""}', None),
        ('{"email": null}', None),
        ('{"email": ["a@b"]}', None),
        ('["email"]', None),
        ('"email"', None),
        ("{}", None),
        ('{"email": "a@b"', None),
        ("[" * 100_000, None),
        ("", None),
        (None, None),
        (b"\xff", None),
        (7, None),
    ],
)
def test_an_address_is_found_only_where_there_is_one(extra: object, email: str | None) -> None:
    assert email_in(extra) == email
