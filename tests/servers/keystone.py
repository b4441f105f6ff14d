"""A private Keystone: the real one, from a virtual environment of its own that `make test` fills."""

import itertools
import secrets
import sys
from pathlib import Path
from typing import Any

import requests

from tests.servers.daemon import Daemon, free_port

ADMINISTRATOR = "admin"
DEFAULT_DOMAIN = "default"
PASSWORD = "a-password-of-a-test"  # of all users but the administrator
_TIMEOUT = 30
_numbers = itertools.count(1)


class Keystone:
    """A keystone on 127.0.0.1 with an administrator, the default domain, and the roles admin, member and reader."""

    def __init__(self) -> None:
        program = Path(sys.prefix) / "keystone" / "bin" / "python"
        if not program.exists():
            raise RuntimeError("keystone is not installed; `make test` installs what the tests need")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v3"
        self._password = secrets.token_hex(8)
        self._daemon = Daemon("keystone", ours=True)
        self._session = requests.Session()
        self._session.trust_env = False
        environment = (f"OS_BOOTSTRAP_PASSWORD={self._password}", "PYTHONWARNINGS=ignore")
        script = Path(__file__).with_name("keystone_program.py")
        # -P, since beside the script lies a keystone.py.
        command = (program, "-P", script, self._daemon.directory, str(self.port))
        self._daemon.start("/usr/bin/env", *environment, *command, ready=self._sign_in)
        self._roles: dict[str, str] = {each["name"]: each["id"] for each in self._call("GET", "/roles")["roles"]}

    def settings(self, url: str = "") -> dict[str, str]:
        """What [keystone_authtoken] says to validate tokens here, or behind another address."""
        return {
            "auth_url": url or self.url,
            "www_authenticate_uri": self.url,
            "username": ADMINISTRATOR,
            "password": self._password,
            "user_domain_name": "Default",
            "project_name": ADMINISTRATOR,
            "project_domain_name": "Default",
        }

    def domain(self) -> str:
        """Return the id of a new domain."""
        body = {"domain": {"name": f"domain{next(_numbers)}"}}
        return str(self._call("POST", "/domains", body)["domain"]["id"])

    def project(self, domain: str = DEFAULT_DOMAIN) -> str:
        """Return the id of a new project."""
        body = {"project": {"name": f"project{next(_numbers)}", "domain_id": domain}}
        return str(self._call("POST", "/projects", body)["project"]["id"])

    def role(self, name: str) -> str:
        """Return the id of a role, made when it is not there."""
        if name not in self._roles:
            self._roles[name] = self._call("POST", "/roles", {"role": {"name": name}})["role"]["id"]
        return self._roles[name]

    def user(self, *roles: str, project: str = "", domain: str = "", system: bool = False) -> str:
        """Return the id of a new user, who has these roles there."""
        body = {"user": {"name": f"user{next(_numbers)}", "domain_id": DEFAULT_DOMAIN, "password": PASSWORD}}
        user = str(self._call("POST", "/users", body)["user"]["id"])
        place = "/system" if system else f"/projects/{project}" if project else f"/domains/{domain}"
        for role in roles:
            self._call("PUT", f"{place}/users/{user}/roles/{self.role(role)}")
        return user

    def name_of(self, user: str) -> str:
        """Return the name of a user, who signs in with it and PASSWORD."""
        return str(self._call("GET", f"/users/{user}")["user"]["name"])

    def grant(self, user: str, role: str, project: str) -> None:
        """Give a user a role in one more project."""
        self._call("PUT", f"/projects/{project}/users/{user}/roles/{self.role(role)}")

    def token(self, user: str, *, project: str = "", domain: str = "", system: bool = False) -> str:
        """Return a token of a user, for a place where the user has a role."""
        scope: dict[str, Any] = {"system": {"all": True}} if system else {}
        if project or domain:
            scope = {"project": {"id": project}} if project else {"domain": {"id": domain}}
        return self._token({"id": user, "password": PASSWORD}, scope or None)

    def token_with(self, *roles: str, **place: Any) -> str:
        """Return a token of a new user with these roles there."""
        return self.token(self.user(*roles, **place), **place)

    def revoke(self, token: str) -> None:
        """End a token."""
        self._call("DELETE", "/auth/tokens", headers={"X-Subject-Token": token})

    def stop(self) -> None:
        """Stop the server and forget its data."""
        self._session.close()
        self._daemon.stop()

    def _sign_in(self) -> None:
        user = {"name": ADMINISTRATOR, "domain": {"id": DEFAULT_DOMAIN}, "password": self._password}
        scope = {"project": {"name": ADMINISTRATOR, "domain": {"id": DEFAULT_DOMAIN}}}
        self._session.headers["X-Auth-Token"] = self._token(user, scope)

    def _token(self, user: dict[str, Any], scope: dict[str, Any] | None) -> str:
        identity = {"methods": ["password"], "password": {"user": user}}
        body: dict[str, Any] = {"auth": {"identity": identity, **({"scope": scope} if scope else {})}}
        answer = self._session.post(f"{self.url}/auth/tokens", json=body, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.headers["X-Subject-Token"]

    def _call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        answer = self._session.request(method, self.url + path, json=body, headers=headers, timeout=_TIMEOUT)
        answer.raise_for_status()
        return answer.json() if answer.content else None


__all__ = ["ADMINISTRATOR", "PASSWORD", "Keystone"]
