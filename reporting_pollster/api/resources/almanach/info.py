"""`/info`: the version, and how many entries there are. The one route that needs no token."""

from __future__ import annotations

from importlib.metadata import version

from flask import Response

from reporting_pollster.api.almanach.document import answer
from reporting_pollster.api.almanach.routes import almanach, almanach_resource
from reporting_pollster.api.resource import Answer

RESOURCE = almanach_resource("almanach_info", __name__)
_SCHEMA = {
    "type": "object",
    "required": ["info", "database"],
    "properties": {
        "info": {"type": "object", "required": ["version"], "properties": {"version": {"type": "string"}}},
        "database": {
            "type": "object",
            "required": ["all_entities", "active_entities"],
            "properties": {"all_entities": {"type": "integer"}, "active_entities": {"type": "integer"}},
        },
    },
}


@RESOURCE.both(
    "GET",
    "/info",
    "The version, and how many entries there are",
    {200: Answer("All entries, and those that go on", {"application/json": _SCHEMA})},
    access="open",
)
def info() -> Response:
    count = almanach().count()
    return answer(
        {
            "info": {"version": version("reporting-pollster")},
            "database": {"all_entities": count.all, "active_entities": count.active},
        }
    )
