"""`/v1`: the reporting API that established clients speak. What they send is answered as it always was.

Its old habits are kept: an unknown report or column is 400, a missing role 401, flags are 0 and 1, times say no zone.
What was added (limit, marker, sort, fields, operators after `__`, CSV, ETag) is asked for by names that used to be
errors, so that no established client meets it.
"""

from __future__ import annotations

from flask import Response, jsonify, request

from reporting_pollster.api import current, problem
from reporting_pollster.api.compression import compressed
from reporting_pollster.api.resource import Answer, Parameter, Resource
from reporting_pollster.api.resources.reports.answer import answer_of
from reporting_pollster.api.resources.reports.asked import query_of
from reporting_pollster.api.resources.reports.document import DOCUMENT_SCHEMA, document_of
from reporting_pollster.api.resources.versions import V1, VERSION_SCHEMA
from reporting_pollster.api.schemas import path_item
from reporting_pollster.errors import PollsterError

RESOURCE = Resource("reports", __name__, automatic_options=False)

_WHOLE = "/v1/reports"
_ONE = "/v1/reports/<report>"
_UNAUTHORIZED = Answer("No valid token, or not the role", {problem.MEDIA_TYPE: problem.SCHEMA})
_AWAY = Answer("The database or keystone is away", {problem.MEDIA_TYPE: problem.SCHEMA}, {"Retry-After": "Seconds"})
_COMMON = {401: _UNAUTHORIZED, 503: _AWAY}
_ITEM = {200: Answer("What the path answers to", {"application/json": {"type": "object"}}), **_COMMON}
_TEXT = {"type": "string"}
_ROW = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}


@RESOURCE.answers(
    "GET",
    "/v1",
    "This version",
    {200: Answer("The version", {"application/json": VERSION_SCHEMA}), **_COMMON},
    access="role",
    head=False,
)
def version() -> Response:
    return jsonify(V1)


@RESOURCE.answers(
    "GET",
    _WHOLE,
    "The reports: tables and views, how fresh they are, and what their columns mean",
    {200: Answer("The reports", {"application/json": {"type": "array", "items": DOCUMENT_SCHEMA}}), **_COMMON},
    access="role",
    head=False,
)
def listed() -> Response:
    return jsonify([document_of(each) for each in current.application().report_documents()])


@RESOURCE.answers(
    "GET",
    _ONE,
    "The rows of a report. Further parameters are filters: COLUMN=VALUE, or COLUMN__OPERATOR=VALUE with one of ne, lt, "
    "lte, gt, gte, in (values separated by commas), startswith and isnull",
    {
        200: Answer(
            "The rows",
            {"application/json": {"type": "array", "items": _ROW}, "text/csv": _TEXT},
            {"Link": "The next page, if there is one", "Last-Modified": "When the report was last refreshed"},
        ),
        304: Answer("Not modified"),
        400: Answer("No such report or column, or a value that makes no sense", {problem.MEDIA_TYPE: problem.SCHEMA}),
        **_COMMON,
    },
    access="role",
    head=False,
    parameters=(
        Parameter("report", _TEXT, "Name of the report", "path", required=True),
        Parameter("limit", {"type": "integer", "minimum": 1}, "Rows of a page; all rows without it"),
        Parameter("marker", _TEXT, "Where the page begins, from the Link of the one before"),
        Parameter("sort", _TEXT, "Columns to sort by, separated by commas; - before one descends"),
        Parameter("fields", _TEXT, "Columns wanted, separated by commas"),
    ),
)
def rows(report: str) -> Response:
    return answer_of(report, query_of(request.query_string))


@RESOURCE.answers("OPTIONS", "/", "What the path answers to", _ITEM, access="open", documented=False)
@RESOURCE.answers("OPTIONS", "/v1", "What the path answers to", _ITEM, access="role", documented=False)
@RESOURCE.answers("OPTIONS", _WHOLE, "What the path answers to", _ITEM, access="role", documented=False)
@RESOURCE.answers("OPTIONS", _ONE, "What the path answers to", _ITEM, access="role", documented=False)
def options(report: str = "") -> Response:
    route = current.route()
    path = None if route is None else route.path
    answer = jsonify(path_item(each for each in current.routes() if each.path == path))
    answer.headers["Allow"] = "GET,OPTIONS"
    return answer


@RESOURCE.errorhandler(PollsterError)
def refuse(error: PollsterError) -> Response:
    """Whatever there is not, is 400 here."""
    if problem.status_of(error) == 404:
        return problem.problem(400, error.message)
    return problem.of_ours(error)


@RESOURCE.after_request
def vary(answer: Response) -> Response:
    if request.path == "/":
        return answer
    answer.vary.add("X-Auth-Token")
    return compressed(answer)
