"""`/v2/identity`: who asks, and whose data that one may see; for a page that adapts, and to find out why not."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.current import identity
from reporting_pollster.api.resource import Answer, Schema
from reporting_pollster.api.v2.asked import permit, v2_resource
from reporting_pollster.api.v2.pages import document
from reporting_pollster.api.v2.table import answers

RESOURCE = v2_resource("v2_identity", __name__, "/v2/identity")
_NAME: Schema = {"type": ["string", "null"]}
_SCHEMA: Schema = {
    "type": "object",
    "required": ["kind", "user", "project", "domain_id", "roles", "reads"],
    "properties": {
        "kind": {"enum": ["private_key", "keystone"]},
        "user": {"type": "object", "properties": {"id": _NAME, "name": _NAME}},
        "project": {
            "type": "object",
            "description": "The project that the token is of",
            "properties": {"id": _NAME, "name": _NAME},
        },
        "domain_id": {**_NAME, "description": "The domain that the token is of"},
        "roles": {"type": "array", "items": {"type": "string"}},
        "reads": {
            "type": "object",
            "description": "Whose data may be seen: that of all projects, of a domain, of a project, or nobody's",
            "required": ["extent", "domain_id", "project_id"],
            "properties": {
                "extent": {"enum": ["everything", "domain", "project", "nothing"]},
                "domain_id": _NAME,
                "project_id": _NAME,
            },
        },
    },
}


@RESOURCE.answers(
    "GET",
    "",
    "Who asks, and whose data that one may see; /v2/projects has the projects",
    answers(Answer("Who asks", {"application/json": _SCHEMA})),
)
def who() -> Response:
    asker, allowed = identity(), permit()
    extent = allowed.extent if allowed.covers("project") else "nothing"
    return document(
        {
            "kind": asker.kind,
            "user": {"id": asker.user_id, "name": asker.user_name},
            "project": {"id": asker.project_id, "name": asker.project_name},
            "domain_id": asker.domain_id,
            "roles": sorted(asker.roles),
            "reads": {
                "extent": extent,
                "domain_id": allowed.reach.domain_id,
                "project_id": allowed.reach.project_id,
            },
        }
    )
