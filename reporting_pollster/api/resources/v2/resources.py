"""`/v2/resources/<kind>`: what projects have and had, with its name, state and size of now."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Parameter
from reporting_pollster.api.v2.asked import choice_of, flag_of, permit, span_of, text_of, v2_resource, words
from reporting_pollster.api.v2.pages import PAGING, page_answer, place
from reporting_pollster.api.v2.parameters import PROJECT, TIME
from reporting_pollster.api.v2.table import LINKS_SCHEMA, answers, table_schema
from reporting_pollster.services.browse import RESOURCE_COLUMNS, SORTS, ResourceFilter

RESOURCE = v2_resource("v2_resources", __name__, "/v2/resources")
_PARAMETERS = (
    PROJECT,
    Parameter("active", {"type": "boolean"}, "Only what is there (true), or no longer is (false)"),
    Parameter("from", TIME, "Only what was still there after this instant, UTC"),
    Parameter("to", TIME, "Only what was there before this instant, UTC"),
    Parameter(
        "sort",
        {"type": "string", "enum": list(SORTS), "default": SORTS[0]},
        "In which order, with - the other way round; other orders than by id need a project",
    ),
    *PAGING,
)


def _view(kind: str) -> Callable[[], Response]:
    def view() -> Response:
        wanted = ResourceFilter(text_of("project"), flag_of("active"), *span_of(), choice_of("sort", SORTS))
        return page_answer(application().questions(permit()).resources(kind, wanted, place(words())))

    view.__name__ = kind
    return view


for _kind, _columns in RESOURCE_COLUMNS.items():
    _named = _kind.replace("_ip", " IP")
    RESOURCE.answers(
        "GET",
        f"/{_kind}",
        f"The {_named}s that projects have and had",
        answers(Answer(f"A page of {_named}s", {"application/json": table_schema(_columns, links=LINKS_SCHEMA)}), 404),
        parameters=_PARAMETERS,
    )(_view(_kind))
