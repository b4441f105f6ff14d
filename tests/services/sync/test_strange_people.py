"""What keystone and the identity federation may hold: broken JSON, loops, grants to nobody, and programs."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pollster import Pollster, sources_of
from tests.servers import MariaDB
from tests.services.sync.bad_cloud import BadCloud
from tests.services.sync.life import Life

ALPHA, BETA = "a" * 32, "b" * 32


@pytest.fixture
def store_server(mariadb: MariaDB) -> MariaDB:
    return mariadb


@pytest.fixture
def writer(life: Life) -> BadCloud:
    life.region()
    return BadCloud(life.cloud)


@pytest.fixture
def pollster(life: Life, make_pollster: Callable[..., Pollster]) -> Pollster:
    return make_pollster(sources=sources_of(life.cloud, names=life.cloud.names))


def settled(pollster: Pollster, *names: str) -> None:
    """Two cycles, of which the second changes nothing."""
    pollster.sync(*names)
    assert [result for result in pollster.sync(*names) if not result.plan.is_empty] == []


EXTRA: dict[str, tuple[str | None, str | None]] = {
    "NULL": (None, None),
    "empty": ("", None),
    "cut": ('{"email": "a@example.org"', None),
    "no object": ('["a@example.org"]', None),
    "number": ("7", None),
    "deep": ("[" * 10_000 + "]" * 10_000, None),
    "deep object": ('{"email": ' * 10_000 + "1" + "}" * 10_000, None),
    "huge": ('{"email": "a@example.org", "note": "' + "x" * 300_000 + '"}', "a@example.org"),
    "list": ('{"email": ["a@example.org"]}', None),
    "twice": ('{"email": "a@example.org", "email": "b@example.org"}', "b@example.org"),
    "surrogate": (r'{"email": "a\ud800@example.org"}', "a\ufffd@example.org"),
    "NUL": (r'{"email": "a\u0000@example.org"}', "a@example.org"),
    "digits": ('{"email": "a@example.org", "number": ' + "9" * 5_000 + "}", None),
    "NaN": ('{"email": "a@example.org", "number": NaN}', "a@example.org"),
    "long": ('{"email": "' + "x" * 300 + '"}', "x" * 255),
    "emoji": ('{"email": "🦄@example.org"}', "🦄@example.org"),
}
TOLD_OF = {"surrogate", "NUL", "long"}


def test_free_form_json_of_users(writer: BadCloud, pollster: Pollster) -> None:
    writer.alter("keystone", "user", {"extra": "MEDIUMTEXT CHARACTER SET utf8mb4"})
    row = {"domain_id": "default", "enabled": 1}
    writer.insert("keystone", "user", [{**row, "id": name, "extra": extra} for name, (extra, _) in EXTRA.items()])

    settled(pollster, "user")

    loaded = {row["id"]: row["email"] for row in pollster.rows("user")}
    assert loaded == {"admin": None, **{name: email for name, (_, email) in EXTRA.items()}}
    told = {(row["row_key"], row["column_name"], row["action"]) for row in pollster.rows("quarantine")}
    assert told == {(name, "email", "repaired") for name in TOLD_OF}


def test_projects_that_are_their_own_ancestors(writer: BadCloud, pollster: Pollster) -> None:
    row = {"domain_id": "default", "is_domain": 0, "enabled": 1}
    parents = {"self": "self", "left": "right", "right": "left", "lost": "nowhere", "none": None}
    writer.insert(
        "keystone", "project", [{**row, "id": one, "name": one, "parent_id": up} for one, up in parents.items()]
    )
    grant = {"type": "UserProject", "actor_id": "admin", "role_id": "member", "inherited": 1}
    writer.insert("keystone", "assignment", [{**grant, "target_id": one} for one in parents])

    settled(pollster, "role")

    assert {row["id"]: row["parent_id"] for row in pollster.rows("project")}.items() >= parents.items()
    assert {row["project"] for row in pollster.rows("role")} == {ALPHA, "left", "right"}


def test_roles_that_imply_each_other_and_grants_of_nothing(writer: BadCloud, pollster: Pollster) -> None:
    for name in ("one", "two", "three"):
        writer.cloud.insert("keystone", "role", id=name, name=name)
    pairs = (("one", "two"), ("two", "three"), ("three", "one"), ("one", "one"), ("two", "vanished"), ("gone", "two"))
    rows = [{"prior_role_id": prior, "implied_role_id": implied} for prior, implied in pairs]
    writer.insert("keystone", "implied_role", rows)
    writer.alter("keystone", "assignment", {"type": "VARCHAR(64)"})
    grants = [
        ("UserProject", "admin", BETA, "two"),
        ("UserProject", "admin", BETA, "vanished"),
        ("UserProject", "ghost", BETA, "member"),
        ("UserProject", "admin", "nowhere", "member"),
        ("GroupProject", "no-such-group", BETA, "member"),
        ("UserPlanet", "admin", BETA, "member"),
        ("", "admin", BETA, "member"),
    ]
    names = ("type", "actor_id", "target_id", "role_id")
    rows = [{**dict(zip(names, grant, strict=True)), "inherited": 0} for grant in grants]
    writer.insert("keystone", "assignment", rows)

    settled(pollster, "role")

    held = {(row["user"], row["project"], row["role"]) for row in pollster.rows("role")}
    assert held == {("admin", ALPHA, "member"), ("ghost", BETA, "member"),
                    *(("admin", BETA, role) for role in ("one", "two", "three"))}  # fmt: skip


def test_members_and_tags_of_nothing(writer: BadCloud, pollster: Pollster) -> None:
    writer.insert("keystone", "group", [{"id": "g1", "name": "staff", "domain_id": "default"}])
    writer.insert("keystone", "user_group_membership", [
        {"group_id": "g1", "user_id": "admin"}, {"group_id": "g1", "user_id": "ghost"},
        {"group_id": "nowhere", "user_id": "admin"}, {"group_id": "g1", "user_id": ""},
    ])  # fmt: skip
    tags = [
        {"project_id": ALPHA, "name": "b\0a"},
        {"project_id": ALPHA, "name": ""},
        {"project_id": "x", "name": "y"},
    ]
    writer.insert("keystone", "project_tag", tags)

    settled(pollster, "group_member", "project")

    members = {(row["group_id"], row["user_id"]) for row in pollster.rows("group_member")}
    assert members == {("g1", "admin"), ("g1", "ghost"), ("nowhere", "admin")}
    assert pollster.one("project", id=ALPHA)["tags"] == r'["", "b\u0000a"]'
    assert [row["column_name"] for row in pollster.rows("quarantine")] == ["user_id"]


class Program:
    """What runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self._marker}",)


def test_pickles_are_never_run(writer: BadCloud, pollster: Pollster, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    bad = {
        **{f"program {n}": pickle.dumps({"mail": Program(marker)}, protocol=n) for n in range(6)},
        "opcodes": f"cos\nsystem\n(S'touch {marker}'\ntR.".encode(),
        "extension": b"\x82\x01.",
        "persistent": b"Pname\n.",
        "cut": pickle.dumps({"mail": "a@cut.example"})[:-5],
        "huge": pickle.dumps({"mail": "a@huge.example", "note": "x" * (2 << 20)}),
        "empty": b"",
        "text": b"organisation",
        "bomb": b"(lp0\n" + b"g0\na" * 3000 + b".",
        "bytes": b"\xff\xfe\x00",
    }
    good = pickle.dumps({"mail": "a@good.example"}, protocol=2)
    writer.alter("rcshib", "user", {"shibboleth_attributes": "LONGBLOB"})
    row = {"displayname": "A Person", "email": "a@example.org"}
    everybody = [*bad.items(), ("good", good)]
    writer.insert(
        "rcshib", "user", [{**row, "user_id": name, "shibboleth_attributes": data} for name, data in everybody]
    )
    for name, _ in everybody:
        project = {"id": f"of {name}", "name": f"of {name}", "domain_id": "default", "is_domain": 0, "enabled": 1}
        writer.cloud.insert("keystone", "project", **project)
        writer.cloud.insert("keystone", "assignment", type="UserProject", actor_id=name, target_id=f"of {name}",
                            role_id="member", inherited=0)  # fmt: skip

    settled(pollster, "project", "user")

    assert not marker.exists()
    told = {row["row_key"]: row for row in pollster.rows("quarantine")}
    assert set(told) == {f"user {name}" for name in bad}
    assert {(row["column_name"], row["action"]) for row in told.values()} == {("organisation", "repaired")}
    organisations = {row["id"]: row["organisation"] for row in pollster.rows("project")}
    assert organisations["of good"] == "good.example"
    assert {organisations[f"of {name}"] for name in bad} == {"Default"}
    pickle.loads(bad["opcodes"])
    assert marker.exists()
