"""`/`: which versions there are, for programs; for a browser, the page.

Established clients take the first version that has `reports` among its links, and add the link to their endpoint: links
are paths without the prefix that we may be mounted below.
"""

from __future__ import annotations

from flask import Response, current_app, jsonify, request

from reporting_pollster.api.current import PAGE
from reporting_pollster.api.resource import Answer, Resource

RESOURCE = Resource("versions", __name__, automatic_options=False)  # OPTIONS is answered by reports
V1 = {"id": "v1", "links": {"reports": "/v1/reports", "self": "/v1"}}
VERSION_SCHEMA = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        "id": {"type": "string"},
        "links": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


@RESOURCE.answers(
    "GET",
    "/",
    "The versions of the API; a browser is shown the page",
    {
        300: Answer("The versions", {"application/json": {"type": "array", "items": VERSION_SCHEMA}}),
        200: Answer("The page, for who prefers text/html", {"text/html": {"type": "string"}}),
    },
    access="open",
    head=False,
)
def versions() -> Response:
    page = current_app.extensions.get(PAGE)
    accepted = request.accept_mimetypes
    if page is not None and accepted["text/html"] > accepted["application/json"]:
        return current_app.make_response(page())
    answer = jsonify([V1])
    answer.status_code = 300
    answer.headers["Cache-Control"] = "no-cache"  # the next one who asks may be a browser
    return answer
