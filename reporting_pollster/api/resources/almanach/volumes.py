"""Writes to volumes: created, deleted, resized, attached, detached."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.almanach.body import NAME, PROJECT, body, date_of, id_of, ids_of, size_of, text_of
from reporting_pollster.api.almanach.document import done
from reporting_pollster.api.almanach.routes import almanach, almanach_resource
from reporting_pollster.api.resource import Answer
from reporting_pollster.services.almanach import Entry

RESOURCE = almanach_resource("almanach_volumes", __name__)
_DATE = {"type": "string", "format": "date-time"}
_SIZE = {"type": ["integer", "string"]}
_IDS = {"type": ["array", "string", "null"], "items": {"type": "string"}}
_CREATION = {
    "type": "object",
    "required": ["volume_id", "start", "volume_type", "size", "volume_name", "attached_to"],
    "properties": {
        "volume_id": {"type": "string"},
        "start": _DATE,
        "volume_type": {"type": ["string", "null"]},
        "size": _SIZE,
        "volume_name": {"type": ["string", "null"]},
        "attached_to": _IDS,
    },
}
_ATTACHMENT = {
    "type": "object",
    "required": ["date", "attachments"],
    "properties": {"date": _DATE, "attachments": _IDS},
}


@RESOURCE.both(
    "POST",
    "/project/<project_id>/volume",
    "A volume was created",
    {201: Answer("It is noted")},
    errors=(400,),
    body=_CREATION,
    writes=True,
)
def create(project_id: str) -> Response:
    sent = body(*_CREATION["required"])
    at = date_of(sent["start"])
    almanach().create_volume(
        Entry(
            kind="volume",
            entity_id=id_of(sent["volume_id"]),
            project_id=id_of(project_id, PROJECT),
            start=at,
            end=None,
            last_event=at,
            name=text_of(sent["volume_name"], NAME),
            volume_type_id=text_of(sent["volume_type"]) or None,
            size=size_of(sent["size"]),
            attached_to=tuple(ids_of(sent["attached_to"])),
        )
    )
    return done(201)


@RESOURCE.both(
    "DELETE",
    "/volume/<volume_id>",
    "A volume was deleted",
    {202: Answer("It is noted")},
    errors=(400,),
    body={"type": "object", "required": ["date"], "properties": {"date": _DATE}},
    writes=True,
)
def delete(volume_id: str) -> Response:
    almanach().delete_volume(volume_id, date_of(body("date")["date"]))
    return done(202)


@RESOURCE.both(
    "PUT",
    "/volume/<volume_id>/resize",
    "A volume has another size",
    {200: Answer("It is noted")},
    errors=(400,),
    body={"type": "object", "required": ["date", "size"], "properties": {"date": _DATE, "size": _SIZE}},
    writes=True,
)
def resize(volume_id: str) -> Response:
    sent = body("date", "size")
    almanach().resize_volume(volume_id, date_of(sent["date"]), size_of(sent["size"]))
    return done(200)


@RESOURCE.both(
    "PUT",
    "/volume/<volume_id>/attach",
    "A volume was attached; the complete new list of its instances",
    {200: Answer("It is noted")},
    errors=(400,),
    body=_ATTACHMENT,
    writes=True,
)
def attach(volume_id: str) -> Response:
    sent = body("date", "attachments")
    almanach().attach_volume(volume_id, date_of(sent["date"]), ids_of(sent["attachments"]))
    return done(200)


@RESOURCE.both(
    "PUT",
    "/volume/<volume_id>/detach",
    "A volume was detached; the instances that it is still attached to",
    {200: Answer("It is noted")},
    errors=(400,),
    body=_ATTACHMENT,
    writes=True,
)
def detach(volume_id: str) -> Response:
    sent = body("date", "attachments")
    almanach().detach_volume(volume_id, date_of(sent["date"]), ids_of(sent["attachments"]))
    return done(200)
