"""Keystone of the sample cloud: what can be done to its tables, and what the other services ask of them.

Keystone dates nothing and deletes outright, so a deed here leaves no trace but the rows themselves.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import timedelta
from typing import NamedTuple

from reporting_pollster.demo.names import Tenant
from reporting_pollster.demo.table import Row
from reporting_pollster.demo.world import World

ROOT = "<<keystone.domain.root>>"
GLOBAL = "<<null>>"
IDP = "partners-idp"


class Person(NamedTuple):
    """Someone who may become a user."""

    given: str
    surname: str
    host: str

    @property
    def login(self) -> str:
        """A plain name, as a directory would make it."""
        plain = unicodedata.normalize("NFKD", self.given[0] + self.surname).encode("ascii", "ignore").decode()
        return "".join(letter for letter in plain.lower() if letter.isalnum())

    @property
    def email(self) -> str:
        """An address in a domain that nobody owns."""
        return f"{self.login}@{self.host}"


class Identity:
    """Keystone's tables."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.db = world["keystone"]

    # What the others ask.

    def domain(self, name: str) -> str:
        """The id of a domain."""
        return str(next(row["id"] for row in self.db["project"] if row["is_domain"] and row["name"] == name))

    def projects(self) -> list[Row]:
        """Projects in the order they were made, without domains."""
        return [row for row in self.db["project"] if not row["is_domain"]]

    def project(self, name: str) -> str:
        """The id of the project of this name."""
        return str(next(row["id"] for row in self.projects() if row["name"] == name))

    def role(self, name: str, domain: str = GLOBAL) -> str:
        """The id of a role."""
        return str(next(row["id"] for row in self.db["role"].where("name", name) if row["domain_id"] == domain))

    def members(self, project_id: str) -> list[str]:
        """Users with a direct role on a project, and the members of its groups."""
        found: list[str] = []
        for row in self.db["assignment"].where("target_id", project_id):
            if row["type"] == "UserProject" and self.db["user"].get(row["actor_id"]):
                found.append(row["actor_id"])
            elif row["type"] == "GroupProject":
                group = self.db["user_group_membership"].where("group_id", row["actor_id"])
                found += [member["user_id"] for member in group]
        return list(dict.fromkeys(found))

    # What can be done.

    def add_domain(self, name: str, description: str) -> Row:
        """A domain, which is a project row that acts as one."""
        key = "default" if name == "Default" else self.dice.hex()
        return self.db["project"].insert(
            id=key, name=name, description=description, domain_id=ROOT, is_domain=True, enabled=True, extra="{}"
        )

    def add_project(self, tenant: Tenant, **extra: object) -> Row:
        """A project below its parent, which for a top-level one is its domain."""
        domain = self.domain(tenant.domain)
        return self.db["project"].insert(
            id=self.dice.hex(),
            name=tenant.name,
            description=tenant.description,
            domain_id=domain,
            parent_id=self.project(tenant.parent) if tenant.parent else domain,
            enabled=tenant.enabled,
            is_domain=False,
            extra=json.dumps(extra),
        )

    def add_local_user(self, name: str, project_id: str | None = None, **extra: object) -> str:
        """A user of keystone's own."""
        user = self._add_user(self.dice.hex(), "default", project_id, extra)
        self.db["local_user"].insert(user_id=user, domain_id="default", name=name)
        return user

    def add_directory_user(self, person: Person, *, has_logged_in: bool = True) -> str:
        """A user of the directory: an id mapping when first listed, the rest at the first log-in."""
        domain = self.domain("research")
        user = hashlib.sha256(f"{domain}user{person.login}".encode()).hexdigest()
        self.db["id_mapping"].insert(public_id=user, domain_id=domain, local_id=person.login, entity_type="user")
        if has_logged_in:
            self._add_user(user, domain, None, {})
            self.db["nonlocal_user"].insert(domain_id=domain, name=person.login, user_id=user)
        return user

    def add_federated_user(self, person: Person) -> str:
        """A user that an identity provider vouches for."""
        user = self._add_user(self.dice.hex(), self.domain("partners"), None, {"email": person.email})
        self.db["federated_user"].insert(
            user_id=user, idp_id=IDP, protocol_id="openid", unique_id=person.email, display_name=person.login
        )
        return user

    def add_group(self, name: str, domain: str, description: str) -> str:
        """A group of keystone's own."""
        values = {"domain_id": self.domain(domain), "name": name, "description": description, "extra": "{}"}
        return str(self.db["group"].insert(id=self.dice.hex(), **values)["id"])

    def join(self, user_id: str, group_id: str) -> None:
        """Put a user into a group."""
        self.db["user_group_membership"].insert(user_id=user_id, group_id=group_id)

    def grant(self, kind: str, actor: str, target: str, role: str, *, inherited: bool = False) -> None:
        """Give a role, once."""
        key = (kind, actor, target, self.role(role), int(inherited))
        if self.db["assignment"].get(*key) is None:
            self.db["assignment"].insert(
                **dict(zip(("type", "actor_id", "target_id", "role_id", "inherited"), key, strict=True))
            )

    def withdraw(self, assignment: Row) -> None:
        """Take a role away, without a trace."""
        self.db["assignment"].remove(assignment)

    def forget_project(self, project: Row) -> None:
        """Delete a project and the roles on it; what other services have of it stays."""
        for assignment in self.db["assignment"].where("target_id", project["id"]):
            self.withdraw(assignment)
        for tag in self.db["project_tag"].where("project_id", project["id"]):
            self.db["project_tag"].remove(tag)
        self.db["project"].remove(project)

    def _add_user(self, user: str, domain: str, project_id: str | None, extra: dict[str, object]) -> str:
        self.db["user"].insert(
            id=user,
            domain_id=domain,
            enabled=True,
            default_project_id=project_id,
            created_at=self.world.now - timedelta(seconds=self.dice.number(0, 86400)),
            extra=json.dumps(extra),
        )
        return user
