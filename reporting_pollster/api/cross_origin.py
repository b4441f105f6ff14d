"""Pages of other origins may ask, with a token that they know; the browser asks us first whether they may.

No credentials are allowed across origins, so that a session's cookie is worth nothing to another site.
"""

from __future__ import annotations

from flask import Flask, Response, request

_METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
_MAX_AGE = "86400"
_EXPOSED = "ETag, Last-Modified, Link, Retry-After"


def allow_origins(app: Flask, origins: tuple[str, ...]) -> None:
    """Answer what browsers ask for pages of these origins; * is all of them."""

    def preflight() -> Response | None:
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        if not _allowed(request.headers.get("Origin"), origins):
            return None
        answer = Response(status=204)
        answer.headers["Access-Control-Allow-Methods"] = _METHODS
        asked = request.headers.get("Access-Control-Request-Headers")
        if asked:
            answer.headers["Access-Control-Allow-Headers"] = asked
        answer.headers["Access-Control-Max-Age"] = _MAX_AGE
        return answer

    def name_origin(answer: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin is None or not _allowed(origin, origins):
            return answer
        answer.headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else origin
        answer.headers["Access-Control-Expose-Headers"] = _EXPOSED
        if "*" not in origins:
            answer.vary.add("Origin")
        return answer

    app.before_request(preflight)
    app.after_request(name_origin)


def _allowed(origin: str | None, origins: tuple[str, ...]) -> bool:
    return origin is not None and ("*" in origins or origin in origins)
