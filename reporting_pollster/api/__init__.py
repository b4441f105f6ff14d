"""The REST API: `reporting_pollster.api:create_app()` for gunicorn and its like.

A module below `resources/` is a resource when it has a `RESOURCE`; nothing else lists it:

    RESOURCE = Resource("status", __name__, url_prefix="/v2/status")      # a Flask blueprint

    @RESOURCE.answers("GET", "/<table>", "How fresh a table is", {200: Answer("...", {"application/json": SCHEMA})},
                      parameters=(Parameter("table", {"type": "string"}, "...", where="path", required=True),))
    def show(table: str) -> Response: ...

What a view uses (`api.current`): `application()`, whose methods answer; `identity()`, who asks; `reach()`, which
projects that one may read about, to be handed to the service, which applies it to its queries. Routes need a valid
token unless they say `access="open"`; `access="role"` wants the private key or [api] required_role, and answers 401
without. `routes()` are all routes, with all that the OpenAPI document says of them.

Errors pass: those of `errors.py`, werkzeug's and all others become a problem document (`api.problem`); 503 with
Retry-After when the database or keystone is away. A resource with an established form of errors registers handlers of
its own, `@RESOURCE.errorhandler(...)`, also for Unauthorized, PollsterError (see `problem.status_of`) and Exception.

Methods: a path answers OPTIONS and 405 by itself; HEAD goes with GET unless the route says `head=False`. A trailing
slash and repeated slashes are taken away before a route is looked for, so no rule may end in one.

`GET /` is two things: who prefers text/html (a browser) gets the page, everybody else, `Accept: */*` included, the
version documents with status 300 (`resources/versions.py`). The page's resource says `RESOURCE.page = view`; without
one there are only the documents. The page must send `Vary: Accept`, the documents may not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from reporting_pollster.app import Application


def create_app(application: Application | None = None) -> Flask:
    """The WSGI application; without `application`, one with the settings of the usual files or the environment.

    Raises SettingsError when nobody could sign in, or anybody.
    """
    flask: Flask = import_module("reporting_pollster.api.assembly").assemble(application)
    return flask
