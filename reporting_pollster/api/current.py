"""What a view may ask about the request that it answers."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from reporting_pollster.api.authentication import Authenticator
from reporting_pollster.api.identity import Identity
from reporting_pollster.api.resource import Route
from reporting_pollster.api.session import Sessions
from reporting_pollster.app import Application
from reporting_pollster.domain.reach import Reach

APPLICATION = "reporting_pollster"
AUTHENTICATOR = "reporting_pollster.authenticator"
ROUTES = "reporting_pollster.routes"
PAGE = "reporting_pollster.page"
SESSIONS = "reporting_pollster.sessions"


def application() -> Application:
    """The application whose methods answer."""
    return cast(Application, current_app.extensions[APPLICATION])


def authenticator() -> Authenticator:
    """Who tells whom a token is of."""
    return cast(Authenticator, current_app.extensions[AUTHENTICATOR])


def sessions() -> Sessions:
    """Who seals and opens the cookies of the page."""
    return cast(Sessions, current_app.extensions[SESSIONS])


def routes() -> tuple[Route, ...]:
    """Every route of every resource."""
    return tuple(cast(dict[str, Route], current_app.extensions[ROUTES]).values())


def route() -> Route | None:
    """The route that this request takes; None for files, and for paths that there are not."""
    return cast(dict[str, Route], current_app.extensions[ROUTES]).get(request.endpoint or "")


def identity() -> Identity:
    """Who asks. Raises Unauthorized without a valid token, whatever the route's access is."""
    found = identity_if_any()
    if found is None:
        raise unauthorized()
    return found


def identity_if_any() -> Identity | None:
    """Who asks, None without a valid token. Keystone is asked once per request.

    The token is the header's, and without that header the one of a browser's session.
    """
    if "identity" not in g:
        token = request.headers.get("X-Auth-Token")
        token = sessions().token_of(request) if token is None else token
        g.identity = authenticator().identify(token, request.method, request.path)
    return cast(Identity | None, g.identity)


def reach() -> Reach:
    """Which projects the one who asks may read about."""
    return identity().reach(application().settings.api.required_role)


def unauthorized() -> Unauthorized:
    """401, with the header that says where to get a token."""
    scheme, _, parameters = authenticator().challenge.partition(" ")
    name, _, value = parameters.partition("=")
    return Unauthorized(www_authenticate=WWWAuthenticate(scheme, {name: value.strip('"')}))
