"""What a client is told of an error: a problem document (RFC 9457), and never what went wrong within.

The words of our own errors are for operators: they name hosts and settings. A client is told them only where they are
about its request.
"""

from __future__ import annotations

import json
import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from reporting_pollster.api.authentication import KeystoneAway
from reporting_pollster.errors import (
    BeyondReach,
    PollsterError,
    QueryTooLong,
    Retriable,
    SchemaOutdated,
    UnknownName,
    WrongParameter,
)

LOG = logging.getLogger(__name__)
RETRY_SECONDS = 10
MEDIA_TYPE = "application/problem+json"
SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def problem(status: int, detail: str | None = None) -> Response:
    """The answer that tells of an error."""
    title = HTTP_TITLES.get(status, "Error")
    document = {"type": "about:blank", "title": title, "status": status}
    if detail is not None:
        document["detail"] = detail
    answer = Response(json.dumps(document) + "\n", status, content_type=MEDIA_TYPE)
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


HTTP_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def answer_errors(app: Flask) -> None:
    """Make every error that no resource answers itself a problem document."""
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(PollsterError, of_ours)
    app.register_error_handler(Exception, of_anything)


def of_http(error: HTTPException) -> Response:
    """Flask's own errors: no such path, body too long."""
    status = error.code or 500
    if status < 400:  # a redirection
        return Response(status=status, headers=error.get_headers())
    answer = problem(status, _detail(error) if status < 500 else None)
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ",".join(sorted(error.valid_methods or ()))
    for scheme in getattr(error, "www_authenticate", None) or ():
        answer.headers.add("WWW-Authenticate", scheme.to_header())
    return answer


def _detail(error: HTTPException) -> str | None:
    """What was said when it was raised; werkzeug's own words are for people at a browser."""
    return None if error.description == type(error).description else error.description


def status_of(error: PollsterError) -> int:
    """The status that an error of ours is answered with."""
    if isinstance(error, Retriable | SchemaOutdated):
        return 503
    if isinstance(error, BeyondReach):
        return 403
    if isinstance(error, UnknownName):
        return 404
    if isinstance(error, QueryTooLong):
        return 422
    return 400 if isinstance(error, WrongParameter) else 500


def of_ours(error: PollsterError) -> Response:
    """Our errors: the client's fault in our words, anything else without them."""
    status = status_of(error)
    if status < 500:
        return problem(
            status, error.message if error.hint is None or status == 404 else f"{error.message}; {error.hint}"
        )
    note(error)
    away = "keystone" if isinstance(error, KeystoneAway) else "the reporting database"
    return problem(status, f"{away} is not available at the moment" if status == 503 else None)


def of_anything(error: Exception) -> Response:
    """What should not have happened."""
    LOG.error("unexpected error method=%s path=%s", request.method, request.path, exc_info=error)
    return problem(500)


def note(error: PollsterError) -> None:
    """Log why a request could not be answered."""
    LOG.warning("request failed method=%s path=%s error=%s", request.method, request.path, error)
