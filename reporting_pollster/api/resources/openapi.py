"""`/openapi.json`: what there is to ask, for programs and for those who write them."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api import openapi
from reporting_pollster.api.current import routes
from reporting_pollster.api.resource import Answer, Resource
from reporting_pollster.api.v2.pages import document

RESOURCE = Resource("openapi", __name__)


@RESOURCE.answers(
    "GET",
    "/openapi.json",
    "What there is to ask, as an OpenAPI document",
    {200: Answer("The document", {"application/json": {"type": "object"}})},
    access="open",
)
def describe() -> Response:
    return document(openapi.document(routes()))
