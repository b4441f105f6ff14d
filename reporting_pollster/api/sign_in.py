"""A token for a name and a password, from keystone; for people at a browser, who have none.

The trap is a token without a scope, which keystone gives to users without a default project: it reads nothing. So one
who has exactly one place to be gets a token of that, and one who has several is asked which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reporting_pollster.api.authentication import KeystoneAddress, KeystoneAway

_SECONDS = 20
Scope = Mapping[str, Any]


class Place(NamedTuple):
    """Where a user has a role: the words of keystone's scope, and what to call it."""

    kind: str
    name: str
    scope: Scope


@dataclass(frozen=True)
class Choice(Exception):
    """The user has a role in several places."""

    places: tuple[Place, ...]


class Door:
    """Signs users in at one keystone."""

    def __init__(self, address: KeystoneAddress) -> None:
        self._address = address

    def token(self, user: str, password: str, user_domain: str, scope: Scope) -> str | None:
        """A token; None for a wrong name, password or scope. Raises Choice, and KeystoneAway."""
        from keystoneauth1 import exceptions

        who = {"username": user, "password": password, "user_domain_name": user_domain}
        try:
            return self._token(who, scope)
        except (exceptions.Unauthorized, exceptions.NotFound, exceptions.BadRequest):
            return None
        except exceptions.ClientException as error:
            raise KeystoneAway("nobody can sign in", reason=type(error).__name__) from None  # its words may name much

    def end(self, token: str) -> None:
        """Revoke a token, if keystone can be asked."""
        from keystoneauth1 import exceptions, token_endpoint

        session = self._session()
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        try:
            plugin = token_endpoint.Token(self._address.url, token)
            session.delete(self._v3("/auth/tokens"), headers=headers, auth=plugin, authenticated=False)
        except exceptions.ClientException:
            pass  # it ends by itself

    def _token(self, who: Mapping[str, Any], scope: Scope) -> str:
        from keystoneauth1 import identity

        session = self._session()
        access = identity.V3Password(self._v3(""), **who, **scope).get_access(session)
        if access.scoped or scope:
            return str(access.auth_token)
        places = self._places(session, str(access.auth_token))
        if len(places) != 1:
            raise Choice(places)
        return str(identity.V3Password(self._v3(""), **who, **places[0].scope).get_access(session).auth_token)

    def _places(self, session: Any, token: str) -> tuple[Place, ...]:
        def ask(what: str) -> list[dict[str, Any]]:
            answer = session.get(self._v3(f"/auth/{what}"), headers={"X-Auth-Token": token}, authenticated=False)
            return list(answer.json().get(what, ()))

        return (
            *(Place("project", each["name"], {"project_id": each["id"]}) for each in ask("projects")),
            *(Place("domain", each["name"], {"domain_id": each["id"]}) for each in ask("domains")),
            *(Place("system", "all", {"system_scope": "all"}) for _ in ask("system")),
        )

    def _session(self) -> Any:
        from keystoneauth1 import session

        return session.Session(verify=self._address.verify, timeout=_SECONDS, app_name="reporting-pollster")

    def _v3(self, path: str) -> str:
        return f"{self._address.url.rstrip('/').removesuffix('/v3')}/v3{path}"
