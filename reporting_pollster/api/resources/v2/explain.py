"""`/v2/explain/usage`: every period that a project's use is made of, and how its boundaries are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from flask import Response

from reporting_pollster.api.current import application
from reporting_pollster.api.resource import Answer, Parameter
from reporting_pollster.api.v2.asked import permit, span_of, text_of, v2_resource
from reporting_pollster.api.v2.parameters import BEGIN, END, NAME
from reporting_pollster.api.v2.reports import FORMAT, content
from reporting_pollster.api.v2.stream import streamed, wanted_format
from reporting_pollster.api.v2.table import answers
from reporting_pollster.errors import WrongParameter
from reporting_pollster.services.explain import Question
from reporting_pollster.services.explain.table import PART_COLUMNS

RESOURCE = v2_resource("v2_explain", __name__, "/v2/explain")
Given = TypeVar("Given")
_PROJECT = Parameter("project", NAME, "The project, by its id or name; who sees one project only may leave it out")


@RESOURCE.answers(
    "GET",
    "/usage",
    "Why a project's use is what it is: the periods that it adds up from, the facts and the rules",
    answers(Answer("The periods; they add up to the figures of /v2/usage, exactly", content(PART_COLUMNS)), 404, 406),
    parameters=(
        _PROJECT,
        replace(BEGIN, required=True),
        replace(END, required=True),
        Parameter("resource", NAME, "Only of this instance, volume, ..."),
        FORMAT,
    ),
)
def usage() -> Response:
    asker, (begin, end) = permit(), span_of()
    wanted = wanted_format()
    project = text_of("project") or asker.reach.project_id
    question = Question(_given("project", project), _given("from", begin), _given("to", end), text_of("resource"))
    return streamed(application().questions(asker).explanation(question), wanted)


def _given(name: str, value: Given | None) -> Given:
    if value is None:
        raise WrongParameter(f"{name}: it is needed here")
    return value
