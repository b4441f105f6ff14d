"""What a client is told: entries in the form that it knows, always with their length, so never in pieces."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Response

from reporting_pollster.services.almanach import Entry

_TIME = {"type": "string", "examples": ["2017-05-09 14:19:14+00:00"]}
_TEXT = {"type": ["string", "null"]}
_COMMON = ("entity_id", "entity_type", "project_id", "start", "end", "last_event", "name", "processed")
INSTANCE_SCHEMA = {
    "type": "object",
    "required": [*_COMMON, "flavor", "metadata", "image_meta", "os"],
    "properties": {
        "entity_id": {"type": "string"},
        "entity_type": {"const": "instance"},
        "project_id": _TEXT,
        "start": _TIME,
        "end": {"type": ["string", "null"]},
        "last_event": _TIME,
        "name": _TEXT,
        "processed": {"type": ["string", "null"]},
        "flavor": _TEXT,
        "metadata": {"type": "object"},
        "image_meta": {"type": "object"},
        "os": {"type": "object"},
    },
}
VOLUME_SCHEMA = {
    "type": "object",
    "required": [*_COMMON, "volume_type", "size", "attached_to"],
    "properties": {
        **{name: INSTANCE_SCHEMA["properties"][name] for name in _COMMON},  # type: ignore[index]
        "entity_type": {"const": "volume"},
        "volume_type": _TEXT,
        "size": {"type": ["integer", "null"]},
        "attached_to": {"type": "array", "items": {"type": "string"}},
    },
}
ENTRY_SCHEMA = {"anyOf": [INSTANCE_SCHEMA, VOLUME_SCHEMA]}
ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": ["string", "object"]}},
}


def answer(document: Any, status: int = 200) -> Response:
    """A document."""
    return Response(json.dumps(document), status, content_type="application/json")


def done(status: int) -> Response:
    """It was done, and there is nothing to say."""
    found = Response(status=status)
    del found.headers["Content-Type"]
    return found


def entry_document(entry: Entry) -> dict[str, Any]:
    """An entry, in the words and the order of the established API."""
    common = {
        "entity_id": entry.entity_id,
        "entity_type": entry.kind,
        "project_id": entry.project_id,
        "start": date_text(entry.start),
        "end": date_text(entry.end),
        "last_event": date_text(entry.last_event),
        "name": entry.name,
        "processed": date_text(entry.processed),
    }
    if entry.kind == "volume":
        attached = list(entry.attached_to)
        return common | {"volume_type": entry.volume_type, "size": entry.size, "attached_to": attached}
    image = dict(entry.image_meta)
    return common | {"flavor": entry.flavor, "metadata": dict(entry.metadata), "image_meta": image, "os": image}


def date_text(at: datetime | None) -> str | None:
    """A date as text, with a fraction only where it has one."""
    return None if at is None else f"{at.isoformat(sep=' ')}+00:00"
