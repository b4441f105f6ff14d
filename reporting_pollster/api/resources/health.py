"""`/healthz`: whether what we tell is fresh. No token is needed, and nothing but tables is named."""

from __future__ import annotations

from flask import Response, jsonify

from reporting_pollster.api import current, problem
from reporting_pollster.api.resource import Answer, Resource
from reporting_pollster.errors import PollsterError

RESOURCE = Resource("health", __name__)
_SCHEMA = {
    "type": "object",
    "required": ["status", "stale"],
    "properties": {
        "status": {"enum": ["fresh", "stale", "empty", "unavailable"]},
        "stale": {"type": "array", "items": {"type": "string"}},
    },
}


@RESOURCE.answers(
    "GET",
    "/healthz",
    "Whether the reporting database can be reached and every source was read lately",
    {
        200: Answer("All is fresh", {"application/json": _SCHEMA}),
        503: Answer("A table is stale, nothing was ever read, or the database is away", {"application/json": _SCHEMA}),
    },
    access="open",
)
def health() -> Response:
    try:
        found = current.application().health()
    except PollsterError as error:
        problem.note(error)
        return _answer("unavailable", ())
    return _answer("fresh" if found.is_good else "empty" if found.is_empty else "stale", found.stale)


def _answer(status: str, stale: tuple[str, ...]) -> Response:
    answer = jsonify({"status": status, "stale": stale})
    answer.headers["Cache-Control"] = "no-store"
    if status != "fresh":
        answer.status_code = 503
        answer.headers["Retry-After"] = str(problem.RETRY_SECONDS)
    return answer
