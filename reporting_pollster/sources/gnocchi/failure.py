"""What goes wrong at Gnocchi and keystone, in our words.

The trap is the message of an error: text, or a dictionary, or empty. And an error within Gnocchi looks like a broken
line behind uWSGI, which closes the connection without an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gnocchiclient import exceptions
from keystoneauth1.exceptions import ClientException as KeystoneException
from keystoneauth1.exceptions import MissingAuthPlugin
from keystoneauth1.exceptions.auth import AuthorizationFailure
from keystoneauth1.exceptions.catalog import CatalogException
from keystoneauth1.exceptions.connection import ConnectionError as ConnectionBroken
from keystoneauth1.exceptions.http import Forbidden, HttpServerError, Unauthorized

from reporting_pollster.errors import MetricsForbidden, MetricsRefused, MetricsUnavailable, PollsterError

_LENGTH = 300
_UNREACHED = (
    exceptions.ConnectionFailure,
    exceptions.ConnectionTimeout,
    exceptions.UnknownConnectionError,
    exceptions.SSLError,
)
_TOO_BUSY = frozenset({413, 429})


@contextmanager
def failures(asked: str) -> Iterator[None]:
    """Turn what is raised within into errors of ours; `asked` says what we wanted."""
    try:
        yield
    except exceptions.ClientException as error:
        raise _of_gnocchi(asked, error) from error
    except (KeystoneException, MissingAuthPlugin) as error:
        raise _of_keystone(error) from error


def is_nobodys(error: MetricsRefused) -> bool:
    """Whether Gnocchi only says that no resource has such a metric, which it takes for an error."""
    return isinstance(error.__cause__, exceptions.MetricNotFound)


def _of_gnocchi(asked: str, error: exceptions.ClientException) -> PollsterError:
    reason, code = _reason(error), error.code
    if isinstance(error, _UNREACHED):
        return MetricsUnavailable(
            f"Gnocchi does not answer {asked}",
            hint="check [gnocchi] endpoint and timeout, and that Gnocchi is well",
            reason=reason,
        )
    if code in (401, 403):
        return MetricsForbidden(
            f"Gnocchi does not let us {asked}", hint="check [gnocchi] auth and the role of its username", status=code
        )
    if code is None or code >= 500 or code in _TOO_BUSY:
        return MetricsUnavailable(f"Gnocchi fails to {asked}", hint="its own log says why", status=code, reason=reason)
    return MetricsRefused(f"Gnocchi refuses to {asked}", status=code, reason=reason)


def _of_keystone(error: Exception) -> PollsterError:
    reason = _short(str(error))
    if isinstance(error, Unauthorized | Forbidden):
        return MetricsForbidden("keystone does not let us in", hint="check [gnocchi] username and password")
    if isinstance(error, CatalogException):
        hint = "set [gnocchi] endpoint, or check interface and the name of the region"
        return MetricsRefused("keystone's catalogue has no metric service for us", hint=hint, reason=reason)
    if isinstance(error, ConnectionBroken | HttpServerError | AuthorizationFailure):
        hint = "check [gnocchi] auth_url, and that keystone is well"
        return MetricsUnavailable("keystone does not let us sign in", hint=hint, reason=reason)
    return MetricsRefused("keystone does not understand us", hint="check [gnocchi] auth_url", reason=reason)


def _reason(error: exceptions.ClientException) -> str:
    message: Any = error.message
    return _short(message if isinstance(message, str) else json.dumps(message, default=str, sort_keys=True))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LENGTH else line[:_LENGTH] + "…"
