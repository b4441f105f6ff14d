"""Writes to instances: created, deleted, resized, rebuilt, put right."""

from __future__ import annotations

from typing import Any

from flask import Response

from reporting_pollster.api.almanach.body import (
    NAME,
    PROJECT,
    UPDATE_DATE,
    Invalid,
    body,
    date_of,
    document_of,
    id_of,
    query_date,
    text_of,
    update_date,
)
from reporting_pollster.api.almanach.document import INSTANCE_SCHEMA, answer, done, entry_document
from reporting_pollster.api.almanach.routes import almanach, almanach_resource
from reporting_pollster.api.resource import Answer, Parameter
from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.almanach import Correction, Entry

RESOURCE = almanach_resource("almanach_instances", __name__)
_TEXT = {"type": ["string", "null"]}
_DATE = {"type": "string", "format": "date-time"}
_IMAGE = ("distro", "version", "os_type")
_OS = {"type": "object", "required": list(_IMAGE), "properties": {name: {"type": "string"} for name in _IMAGE}}
_CREATION = {
    "type": "object",
    "required": ["id", "created_at", "name", "flavor", "os_distro", "os_version", "os_type"],
    "properties": {
        "id": {"type": "string"},
        "created_at": _DATE,
        **dict.fromkeys(("name", "flavor", "os_distro", "os_version", "os_type"), _TEXT),
    },
}


@RESOURCE.both(
    "POST",
    "/project/<project_id>/instance",
    "An instance was created",
    {201: Answer("It is noted")},
    errors=(400,),
    body=_CREATION,
    writes=True,
)
def create(project_id: str) -> Response:
    sent = body(*_CREATION["required"])
    at = date_of(sent["created_at"])
    image = {name: text_of(sent[key]) for name, key in zip(_IMAGE, ("os_distro", "os_version", "os_type"), strict=True)}
    almanach().create_instance(
        Entry(
            kind="instance",
            entity_id=id_of(sent["id"]),
            project_id=id_of(project_id, PROJECT),
            start=at,
            end=None,
            last_event=at,
            name=text_of(sent["name"], NAME),
            flavor=text_of(sent["flavor"], NAME),
            image_meta=image,
        )
    )
    return done(201)


@RESOURCE.both(
    "DELETE",
    "/instance/<instance_id>",
    "An instance was deleted",
    {202: Answer("It is noted")},
    errors=(400,),
    body={"type": "object", "required": ["date"], "properties": {"date": _DATE}},
    writes=True,
)
def delete(instance_id: str) -> Response:
    almanach().delete_instance(instance_id, date_of(body("date")["date"]))
    return done(202)


@RESOURCE.both(
    "PUT",
    "/instance/<instance_id>/resize",
    "An instance has another flavor",
    {200: Answer("It is noted")},
    errors=(400,),
    body={
        "type": "object",
        "required": ["date", "flavor"],
        "properties": {"date": _DATE, "flavor": {"type": ["string", "null"]}},
    },
    writes=True,
)
def resize(instance_id: str) -> Response:
    sent = body("date", "flavor")
    almanach().change_instance(instance_id, date_of(sent["date"]), flavor=text_of(sent["flavor"], NAME))
    return done(200)


@RESOURCE.both(
    "PUT",
    "/instance/<instance_id>/rebuild",
    "An instance was made anew of another image",
    {200: Answer("It is noted")},
    errors=(400,),
    body={
        "type": "object",
        "required": ["rebuild_date", *_IMAGE],
        "properties": {"rebuild_date": _DATE, **dict.fromkeys(_IMAGE, _TEXT)},
    },
    writes=True,
)
def rebuild(instance_id: str) -> Response:
    sent = body("rebuild_date", *_IMAGE)
    image = {name: text_of(sent[name]) for name in _IMAGE}
    almanach().change_instance(instance_id, date_of(sent["rebuild_date"]), image_meta=image)
    return done(200)


@RESOURCE.both(
    "PUT",
    "/entity/instance/<instance_id>",
    "The open entry of an instance is put right; with `start`, the only one that began and ended in that time",
    {200: Answer("The entry as it is now", {"application/json": INSTANCE_SCHEMA})},
    errors=(400,),
    parameters=(
        Parameter("start", {"type": "string"}, "Start of the time in which a closed entry lies"),
        Parameter("end", {"type": "string"}, "Its end; now without it"),
    ),
    body={
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "flavor": {"type": "string"},
            "os": _OS,
            "metadata": {"type": "object"},
            "start_date": _DATE,
            "end_date": _DATE,
        },
    },
    writes=True,
)
def update(instance_id: str) -> Response:
    begin = query_date("start")
    if begin is None:
        entry = almanach().correct_instance(instance_id, _strict(body()))
    else:
        end = query_date("end") or almanach().now()
        entry = almanach().correct_between(instance_id, begin, end, _lenient(body()))
    return answer(entry_document(entry))


def _strict(sent: dict[str, Any]) -> Correction:
    """What is known of the six keys that there are; anything else is wrong, each for a reason."""
    reasons = {key: reason for key, value in sent.items() if (reason := _reason(key, value)) is not None}
    if reasons:
        raise Invalid(reasons)
    return _lenient(sent)


def _reason(key: str, value: Any) -> str | None:
    match key:
        case "name" | "flavor":
            return None if isinstance(value, str) else "expected str"
        case "metadata":
            return None if isinstance(value, dict) else "expected dict"
        case "os":
            return _reason_of_image(value)
        case "start_date" | "end_date":
            try:
                update_date(value)
            except (TypeError, ValueError):
                return f"value does not match expected format {UPDATE_DATE}"
            return None
    return "extra keys not allowed"


def _reason_of_image(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "expected a dictionary"
    if set(value) - set(_IMAGE):
        return "extra keys not allowed"
    if set(_IMAGE) - set(value):
        return "required key not provided"
    return None if all(isinstance(each, str) for each in value.values()) else "expected str"


def _lenient(sent: dict[str, Any]) -> Correction:
    """What is not empty; keys that nobody knows say nothing."""
    for key in ("start", "end"):
        if key in sent:
            raise WrongParameter(f"The parameter '{key}' belongs into the query; in the body it is '{key}_date'")
    image, metadata = sent.get("os"), sent.get("metadata")
    return Correction(
        name=text_of(sent.get("name") or None, NAME),
        flavor=text_of(sent.get("flavor") or None, NAME),
        image_meta=document_of(image) if image else None,
        metadata=document_of(metadata) if metadata else None,
        start=date_of(sent["start_date"]) if sent.get("start_date") else None,
        end=date_of(sent["end_date"]) if sent.get("end_date") else None,
    )
