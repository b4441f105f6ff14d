"""Puts the application together: resources, who may ask, errors, origins. What `create_app` does."""

from __future__ import annotations

import time

from flask import Flask, g

from reporting_pollster import logs
from reporting_pollster.api import current
from reporting_pollster.api.authentication import Authenticator
from reporting_pollster.api.cross_origin import allow_origins
from reporting_pollster.api.paths import plain_paths
from reporting_pollster.api.problem import answer_errors
from reporting_pollster.api.resource import Route
from reporting_pollster.api.resources import resources
from reporting_pollster.api.session import Sessions
from reporting_pollster.app import Application
from reporting_pollster.config import Settings, load


def assemble(application: Application | None) -> Flask:
    """The WSGI application; see `reporting_pollster.api.create_app`."""
    application = application or Application(_load_and_log)
    settings = application.settings
    app = Flask("reporting_pollster.api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.api.max_body
    app.extensions[current.APPLICATION] = application
    app.extensions[current.AUTHENTICATOR] = Authenticator(settings)
    app.extensions[current.SESSIONS] = Sessions(settings.api.session_key)
    app.before_request(_note_start)
    allow_origins(app, settings.api.cors_origins)  # before anybody is asked for a token
    app.before_request(_admit)
    answer_errors(app)
    _add_resources(app)
    app.wsgi_app = plain_paths(app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def _add_resources(app: Flask) -> None:
    routes: dict[str, Route] = {}
    for resource in resources():
        app.register_blueprint(resource)
        routes |= {route.endpoint: route for route in resource.routes}
        if resource.page is not None:
            app.extensions[current.PAGE] = resource.page
    for rule in app.url_map.iter_rules():
        if rule.endpoint in routes and not routes[rule.endpoint].head and rule.methods is not None:
            rule.methods.discard("HEAD")
    app.extensions[current.ROUTES] = routes


def _note_start() -> None:
    g.started = time.perf_counter()


def _admit() -> None:
    """Raise Unauthorized for who may not take this route."""
    route = current.route()
    if route is None or route.access == "open":
        return
    who = current.identity()
    required = current.application().settings.api.required_role
    if route.access == "role" and not who.has_role(required):
        raise current.unauthorized()


def _load_and_log() -> Settings:
    settings = load()
    logs.configure(settings.log)
    return settings
