import json
from typing import Any

import pytest

from reporting_pollster.entities.user import email_in
from tests.entities.followed import Followed


def user(followed: Followed, user_id: str = "u1", **columns: Any) -> None:
    followed.insert("keystone", "user", id=user_id, domain_id="d1", **{"enabled": 1, "extra": "{}", **columns})


def test_a_local_user_has_the_name_of_the_local_table(followed: Followed) -> None:
    extra = json.dumps({"email": "ann@example.org"})
    user(followed, extra=extra, default_project_id="p1", created_at="2024-01-01 10:00:00", last_active_at="2024-05-01")
    followed.insert("keystone", "local_user", user_id="u1", domain_id="d1", name="ann")

    row = followed.one("user", id="u1")

    assert (row["name"], row["email"], row["kind"], row["domain_id"]) == ("ann", "ann@example.org", "local", "d1")
    assert (row["default_project"], row["enabled"], row["active"]) == ("p1", 1, 1)
    assert (row["created"], row["last_active"], row["deleted"]) == ("2024-01-01 10:00:00", "2024-05-01", None)


def test_an_ldap_user_who_logged_in_has_the_name_of_the_nonlocal_table(followed: Followed) -> None:
    user(followed)
    followed.insert("keystone", "nonlocal_user", user_id="u1", domain_id="d1", name="ben")
    followed.insert("keystone", "id_mapping", public_id="u1", domain_id="d1", local_id="uid=ben", entity_type="user")

    rows = followed.read("user")

    assert [(row["id"], row["name"], row["kind"]) for row in rows] == [("u1", "ben", "nonlocal")]


def test_a_federated_user_is_one_however_many_providers_know_it(followed: Followed) -> None:
    user(followed)
    federated = {"user_id": "u1", "protocol_id": "saml2", "unique_id": "x"}
    followed.insert("keystone", "federated_user", idp_id="a", display_name="Cleo", **federated)
    followed.insert("keystone", "federated_user", idp_id="b", display_name=None, **federated)

    rows = followed.read("user")

    assert [(row["id"], row["name"], row["kind"]) for row in rows] == [("u1", "Cleo", "federated")]


def test_a_federated_user_without_a_name_goes_by_its_id_at_the_provider(followed: Followed) -> None:
    user(followed)
    followed.insert("keystone", "federated_user", user_id="u1", idp_id="a", protocol_id="x", unique_id="cleo%40example")

    assert followed.one("user", id="u1")["name"] == "cleo%40example"


def test_an_ldap_user_who_never_logged_in_is_known_by_its_mapping(followed: Followed) -> None:
    followed.insert("keystone", "id_mapping", public_id="f" * 64, domain_id="d2", local_id="dora", entity_type="user")
    followed.insert("keystone", "id_mapping", public_id="e" * 64, domain_id="d2", local_id="staff", entity_type="group")

    rows = followed.read("user")

    assert [(row["id"], row["name"], row["kind"], row["enabled"]) for row in rows] == [
        ("f" * 64, "dora", "mapped", None)
    ]


def test_a_user_of_no_known_kind_is_kept_without_a_name(followed: Followed) -> None:
    user(followed, enabled=0)

    row = followed.one("user", id="u1")

    assert (row["name"], row["kind"], row["enabled"]) == (None, None, 0)


def test_the_identity_federation_knows_names_and_addresses_better(followed: Followed) -> None:
    user(followed, extra=json.dumps({"email": "old@example.org"}))
    followed.insert("keystone", "local_user", user_id="u1", domain_id="d1", name="ann")
    followed.insert("rcshib", "user", user_id="u1", displayname="Ann of old", email="ann@first.example")
    followed.insert("rcshib", "user", user_id="u1", displayname="Ann Other", email="")
    followed.insert("rcshib", "user", user_id=None, displayname="Nobody", email="nobody@example.org")

    row = followed.one("user", id="u1")

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


def test_a_user_who_is_gone_is_closed_at_the_latest_possible_time(followed: Followed) -> None:
    user(followed, "u1")
    user(followed, "u2")
    followed.read("user")

    followed.execute("keystone", "DELETE FROM `user` WHERE id = 'u1'")

    gone = followed.one("user", id="u1")
    assert (gone["active"], gone["enabled"], gone["deleted"]) == (False, False, gone["vanished_before"])
