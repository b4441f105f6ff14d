"""Who a token is of: the private key's owner, or somebody whom keystone knows.

Keystone's middleware tells by headers of the request, which a client could send itself. So it never sees the client's
request, only one that we make for it, with nothing in it but the token; and it is asked only for routes that need to
know, so that a version document or a health check answers while keystone is away.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from reporting_pollster.api.identity import Identity
from reporting_pollster.config import Settings
from reporting_pollster.config.options import KEYSTONE_GROUP
from reporting_pollster.errors import Retriable, SettingsError

_REACHED = "reporting_pollster.reached"
_LONGEST_TOKEN = 16_384


class KeystoneAway(Retriable):
    """Tokens cannot be validated just now."""


class KeystoneAddress(NamedTuple):
    """Where users sign in; `verify` is what its certificate must be signed by, or whether that is looked at."""

    url: str
    verify: str | bool


class Authenticator:
    """Validates tokens as [api] strategy says; the private key is tried first, since it costs nothing."""

    def __init__(self, settings: Settings) -> None:
        api = settings.api
        api.require_usable()
        self._private_key = api.private_key.encode() if api.accepts_private_key else None
        self._keystone = _Keystone(settings) if api.accepts_keystone else None

    @property
    def keystone(self) -> KeystoneAddress | None:
        """The keystone that is asked, None without one."""
        return self._keystone.address if self._keystone else None

    @property
    def accepts_private_key(self) -> bool:
        """Whether the private key is a way to sign in."""
        return self._private_key is not None

    @property
    def challenge(self) -> str:
        """What WWW-Authenticate says to somebody without a valid token."""
        return f'Keystone uri="{self._keystone.uri}"' if self._keystone else 'PrivateKey realm="reporting-pollster"'

    def identify(self, token: str | None, method: str = "GET", path: str = "/") -> Identity | None:
        """Whom a token is of, None when it is none or no longer valid. Raises KeystoneAway.

        Keystone can restrict an application credential to methods and paths, so it is told them.
        """
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        if self._private_key is not None and hmac.compare_digest(token.encode("utf-8", "replace"), self._private_key):
            return Identity("private_key")
        return self._keystone.identify(token, method, path) if self._keystone else None


class _Keystone:
    """Keystone's own middleware, with an application behind it that only notes that it was reached."""

    def __init__(self, settings: Settings) -> None:
        # Slow to import, and only needed with this strategy.
        from keystoneauth1.exceptions import ClientException
        from keystonemiddleware.auth_token import AuthProtocol

        conf = _oslo_config(settings.files)
        # With its delay_auth_decision it would take a keystone that is away for a token that is wrong.
        options = {"oslo_config_config": conf, "delay_auth_decision": False}
        self._middleware = AuthProtocol(_note, options)
        self._failures = (ClientException,)
        group = conf[KEYSTONE_GROUP]
        self.uri = str(group.www_authenticate_uri or group.auth_url)
        self.address = KeystoneAddress(str(group.auth_url), not group.insecure and (group.cafile or True))

    def identify(self, token: str, method: str, path: str) -> Identity | None:
        environ = _environ(token, method, path)
        statuses: list[str] = []
        try:
            answer = self._middleware(environ, lambda status, *_: statuses.append(status))
        except self._failures as error:
            raise KeystoneAway("tokens cannot be validated", reason=type(error).__name__) from error
        for _ in answer:
            pass
        if environ.get(_REACHED) and environ.get("HTTP_X_IDENTITY_STATUS") == "Confirmed":
            return Identity.of_headers(environ)
        if statuses and not statuses[0].startswith("401"):
            raise KeystoneAway("tokens cannot be validated", status=statuses[0])
        return None


def _note(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    environ[_REACHED] = True
    start_response("200 OK", [])
    return ()


def _environ(token: str, method: str, path: str) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_X_AUTH_TOKEN": token,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _oslo_config(files: tuple[Path, ...]) -> Any:
    """Our files once more, as an object of oslo.config: the middleware takes its options from nothing else."""
    from keystoneauth1 import loading
    from oslo_config import cfg

    conf = cfg.ConfigOpts()
    conf([], project="reporting-pollster", default_config_files=list(map(str, files)), default_config_dirs=[])
    loading.register_auth_conf_options(conf, KEYSTONE_GROUP)
    conf.set_default("auth_type", "password", group=KEYSTONE_GROUP)
    for option in loading.get_auth_plugin_conf_options(conf[KEYSTONE_GROUP].auth_type):
        conf.register_opt(option, group=KEYSTONE_GROUP)
    if not conf[KEYSTONE_GROUP].auth_url:
        raise SettingsError(
            f"[{KEYSTONE_GROUP}] auth_url is not set, and [api] strategy names keystone",
            hint="write auth_url, username, password, project_name and their domains, or strategy = private_key",
        )
    return conf
