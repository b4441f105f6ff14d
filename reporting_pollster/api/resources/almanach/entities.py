"""What a project had in a span of time, and all that is known of one resource."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from reporting_pollster.api import current
from reporting_pollster.api.almanach.body import INVALID, missing, query_date
from reporting_pollster.api.almanach.document import (
    ENTRY_SCHEMA,
    INSTANCE_SCHEMA,
    VOLUME_SCHEMA,
    answer,
    entry_document,
)
from reporting_pollster.api.almanach.routes import almanach, almanach_resource
from reporting_pollster.api.resource import Answer, Parameter, Schema
from reporting_pollster.domain.almanach.entry import Kind
from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.almanach import KINDS, Entry, Listed, Page

RESOURCE = almanach_resource("almanach_entities", __name__)
_WHOLE = 12  # digits, more than any limit has
_SPAN = (
    Parameter("start", {"type": "string"}, "YYYY-MM-DD HH:MM:SS.f, UTC, included", required=True),
    Parameter("end", {"type": "string"}, "The same; now without it"),
    Parameter("limit", {"type": "integer", "minimum": 1}, "All entries of so many resources, by id; whole without it"),
    Parameter("marker", {"type": "string"}, "The last id of the page before"),
)


def _list(schema: Schema) -> dict[int, Answer]:
    return {200: Answer("Entries", {"application/json": {"type": "array", "items": schema}})}


@RESOURCE.both(
    "GET",
    "/project/<project_id>/instances",
    "The entries of a project's instances in a span of time",
    _list(INSTANCE_SCHEMA),
    errors=(400,),
    parameters=_SPAN,
)
def instances(project_id: str) -> Response:
    return _listed(project_id, ("instance",))


@RESOURCE.both(
    "GET",
    "/project/<project_id>/volumes",
    "The entries of a project's volumes in a span of time",
    _list(VOLUME_SCHEMA),
    errors=(400,),
    parameters=_SPAN,
)
def volumes(project_id: str) -> Response:
    return _listed(project_id, ("volume",))


@RESOURCE.both(
    "GET",
    "/project/<project_id>/entities",
    "The entries of a project's instances and volumes in a span of time",
    _list(ENTRY_SCHEMA),
    errors=(400,),
    parameters=_SPAN,
)
def entities(project_id: str) -> Response:
    return _listed(project_id, KINDS)


@RESOURCE.both(
    "GET",
    "/entity/<entity_id>",
    "All entries of an instance or a volume",
    _list(ENTRY_SCHEMA),
)
def entity(entity_id: str) -> Response:
    return _answer(almanach().entity(entity_id, current.reach()))


def _listed(project_id: str, kinds: Sequence[Kind]) -> Response:
    begin = query_date("start")
    if begin is None:
        raise missing("start")
    end = query_date("end") or almanach().now()
    return _answer(almanach().entries(Listed(kinds, project_id, begin, end, _page()), current.reach()))


def _page() -> Page | None:
    limit, marker = request.args.get("limit"), request.args.get("marker")
    if limit is None and marker is None:
        return None
    if marker is not None and not is_storable(marker):
        raise WrongParameter(INVALID)
    most = current.application().settings.api.max_page_rows
    if limit is None:
        return Page(most, marker)
    if not (limit.isascii() and limit.isdigit() and len(limit) <= _WHOLE and 1 <= int(limit) <= most):
        raise WrongParameter(f"limit: a whole number from 1 to {most}")
    return Page(int(limit), marker)


def _answer(entries: Sequence[Entry]) -> Response:
    return answer([entry_document(entry) for entry in entries])
