"""Volume types: those that cinder has, and those that clients created here.

A client that creates one that cinder has gives it another name here, and by deleting it takes that name back. What only
cinder has can't be deleted here: that is a 404.
"""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.almanach.body import NAME, body, id_of, text_of
from reporting_pollster.api.almanach.document import answer, done
from reporting_pollster.api.almanach.routes import almanach, almanach_resource
from reporting_pollster.api.resource import Answer

RESOURCE = almanach_resource("almanach_volume_types", __name__)
_SCHEMA = {
    "type": "object",
    "required": ["volume_type_id", "volume_type_name"],
    "properties": {"volume_type_id": {"type": "string"}, "volume_type_name": {"type": ["string", "null"]}},
}


@RESOURCE.both(
    "GET",
    "/volume_types",
    "The volume types",
    {200: Answer("Id and name of each", {"application/json": {"type": "array", "items": _SCHEMA}})},
)
def volume_types() -> Response:
    return answer([_document(*each) for each in almanach().volume_types().items()])


@RESOURCE.both(
    "GET",
    "/volume_type/<type_id>",
    "One volume type",
    {200: Answer("Id and name", {"application/json": _SCHEMA})},
)
def volume_type(type_id: str) -> Response:
    return answer(_document(type_id, almanach().volume_type(type_id)))


@RESOURCE.both(
    "POST",
    "/volume_type",
    "There is a volume type; a repeat renames it",
    {201: Answer("It is noted")},
    errors=(400,),
    body={
        "type": "object",
        "required": ["type_id", "type_name"],
        "properties": {"type_id": {"type": "string"}, "type_name": {"type": ["string", "null"]}},
    },
    writes=True,
)
def create() -> Response:
    sent = body("type_id", "type_name")
    almanach().create_volume_type(id_of(sent["type_id"]), text_of(sent["type_name"], NAME))
    return done(201)


@RESOURCE.both(
    "DELETE",
    "/volume_type/<type_id>",
    "A volume type that was created here is no more",
    {202: Answer("It is noted")},
    writes=True,
)
def delete(type_id: str) -> Response:
    almanach().delete_volume_type(type_id)
    return done(202)


def _document(type_id: str, name: str | None) -> dict[str, str | None]:
    return {"volume_type_id": type_id, "volume_type_name": name}
