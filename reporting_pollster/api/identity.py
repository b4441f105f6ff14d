"""Who asks, and how far that reaches.

The trap is the admin of a domain, whose token names the role `admin` like that of the cloud's: the scope of the token
decides before its roles do. And a keystone that knows an admin project means no other project's admins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from reporting_pollster.domain.reach import Reach

_READERS = frozenset({"admin", "reader"})
_OF_ALL = "all"


@dataclass(frozen=True)
class Identity:
    """Whom a token is of; with the private key there is nobody else to name."""

    kind: Literal["private_key", "keystone"]
    user_id: str | None = None
    user_name: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    domain_id: str | None = None  # of the token's scope, not of the user
    roles: frozenset[str] = frozenset()
    is_system: bool = False
    is_admin_project: bool = True
    expires: datetime | None = field(default=None, compare=False)  # of the token, UTC

    @classmethod
    def of_headers(cls, environ: Mapping[str, Any]) -> Identity:
        """From what auth_token tells of a valid token."""

        def told(name: str) -> str | None:
            return environ.get(f"HTTP_{name}") or None

        return cls(
            "keystone",
            user_id=told("X_USER_ID"),
            user_name=told("X_USER_NAME"),
            project_id=told("X_PROJECT_ID"),
            project_name=told("X_PROJECT_NAME"),
            domain_id=told("X_DOMAIN_ID"),
            roles=frozenset(filter(None, (told("X_ROLES") or "").split(","))),
            is_system=told("OPENSTACK_SYSTEM_SCOPE") == _OF_ALL,
            is_admin_project=told("X_IS_ADMIN_PROJECT") != "False",
            expires=_expiry(environ.get("keystone.token_info")),
        )

    def has_role(self, required: str) -> bool:
        """Whether it may read what one role reads: the name exact, and not a role in a domain."""
        if self.kind == "private_key" or not required:
            return True
        return required in self.roles and self.domain_id is None

    def may_write(self, role: str) -> bool:
        """Whether it may write where a role in a project may; a domain's admin is none of the cloud's."""
        if self.kind == "private_key":
            return True
        if not role or role not in self.roles or self.domain_id is not None:
            return False
        return role != "admin" or self.is_admin_project

    def reach(self, required_role: str) -> Reach:
        """Which projects it may read about; `required_role` is the configured one that reads all."""
        if self.kind == "private_key" or self._reads_everything(required_role):
            return Reach(everything=True)
        if self.domain_id is not None:
            return Reach(domain_id=self.domain_id) if self.roles & _READERS else Reach()
        return Reach(project_id=self.project_id)

    def _reads_everything(self, required_role: str) -> bool:
        if self.domain_id is not None:
            return False
        if self.is_system:
            return bool(self.roles & _READERS)
        if required_role and required_role != "admin" and required_role in self.roles:
            return True
        return "admin" in self.roles and self.is_admin_project


def _expiry(told: Any) -> datetime | None:
    """When a token ends, from the document that keystone answered."""
    try:
        return datetime.fromisoformat(told["token"]["expires_at"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None
