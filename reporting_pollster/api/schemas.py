"""A route in the words of OpenAPI, for answers to OPTIONS and for the document of all routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from reporting_pollster.api.resource import Answer, Parameter, Route

_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def path_template(route: Route) -> str:
    """`/v1/reports/{report}` for Flask's `/v1/reports/<report>`."""
    return _VARIABLE.sub(r"{\1}", route.path)


def path_item(routes: Iterable[Route]) -> dict[str, Any]:
    """The operations of one path, by method."""
    return {route.method.lower(): operation(route) for route in routes if route.documented}


def operation(route: Route) -> dict[str, Any]:
    """One method of one path."""
    described: dict[str, Any] = {
        "operationId": route.endpoint,
        "summary": route.summary,
        "responses": {str(status): _answer(answer) for status, answer in route.answers.items()},
    }
    if route.parameters:
        described["parameters"] = [_parameter(each) for each in route.parameters]
    if route.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": route.body}}}
    return described


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.content:
        described["content"] = {media: {"schema": schema} for media, schema in answer.content.items()}
    if answer.headers:
        described["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
        }
    return described


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required or parameter.where == "path",
        "description": parameter.description,
        "schema": parameter.schema,
    }
