"""`/v2/projects`: the projects that whoever asks may see."""

from __future__ import annotations

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Parameter
from reporting_pollster.api.v2.asked import flag_of, permit, text_of, v2_resource, words
from reporting_pollster.api.v2.pages import PAGING, document, page_answer, place
from reporting_pollster.api.v2.table import LINKS_SCHEMA, answers, row_schema, table_schema
from reporting_pollster.exports.formats.plain import plain
from reporting_pollster.services.browse import PROJECT_COLUMNS, ProjectFilter

RESOURCE = v2_resource("v2_projects", __name__, "/v2/projects")


@RESOURCE.answers(
    "GET",
    "",
    "The projects that whoever asks may see, by name; also those that keystone no longer has",
    answers(Answer("A page of projects", {"application/json": table_schema(PROJECT_COLUMNS, links=LINKS_SCHEMA)})),
    parameters=(
        Parameter(
            "name",
            {"type": "string", "minLength": 1, "maxLength": 255},
            "Only those whose name begins so, in upper or lower case",
        ),
        Parameter("active", {"type": "boolean"}, "Only those that keystone has (true), or no longer has (false)"),
        *PAGING,
    ),
)
def projects() -> Response:
    wanted = ProjectFilter(text_of("name"), flag_of("active"))
    return page_answer(application().questions(permit()).projects(wanted, place(words())))


@RESOURCE.answers(
    "GET",
    "/<project_id>",
    "One project, by its id",
    answers(Answer("The project", {"application/json": row_schema(PROJECT_COLUMNS)}), 404),
    parameters=(Parameter("project_id", {"type": "string"}, "Id of the project", where="path", required=True),),
)
def project(project_id: str) -> Response:
    row = application().questions(permit()).project(project_id)
    return document({column.name: plain(value) for column, value in zip(PROJECT_COLUMNS, row, strict=True)})
