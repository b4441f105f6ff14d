"""The OpenAPI document: what every route says of itself, put together. Nothing is said here of any of them.

Schemas that many answers share are named and referred to, so that the document stays readable, and a program that is
generated from it has one type for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reporting_pollster import __version__
from reporting_pollster.api import problem
from reporting_pollster.api.resource import Answer, Parameter, Route, Schema
from reporting_pollster.api.v2 import table

_SHARED: Mapping[str, Schema] = {
    "Problem": problem.SCHEMA,
    "Column": table.COLUMN_SCHEMA,
    "Links": table.LINKS_SCHEMA,
}
_TOKEN = "token"
_DESCRIPTION = """
What an OpenStack cloud's projects used, have and had, from the reporting database of reporting-pollster.

Times are UTC. Amounts are exact integers in small units (vCPU·s) that add up over any grouping; money is decimal text.
A member of a project sees that project, the admin of a domain its projects, an admin or a reader of the system all.
Lists are told page by page: follow `links.next`. Errors are problem documents (RFC 9457).
""".strip()


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        if route.documented:
            paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route)
    scheme = {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "A token of keystone, or the private key, as [api] strategy allows",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "reporting-pollster", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {_TOKEN: scheme},
            "schemas": {name: _plain(schema) for name, schema in _SHARED.items()},
        },
    }


def path_of(route: Route) -> str:
    """A path with its parameters as OpenAPI writes them."""
    return re.sub(r"<(?:[^<>]*:)?([^<>:]+)>", r"{\1}", route.path)


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", route.endpoint),
        "summary": route.summary,
        "tags": [_tag(route)],
        "security": [] if route.access == "open" else [{_TOKEN: []}],
        "parameters": [_parameter(each) for each in route.parameters],
        "responses": {str(status): _answer(answer) for status, answer in route.answers.items()},
    }
    if route.body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _shared(route.body)}}}
    return found


def _tag(route: Route) -> str:
    """The version that a route belongs to; others tell about the service itself."""
    first = route.path.split("/")[1]
    return first if re.fullmatch(r"v[0-9]+", first) else "service"


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.required or parameter.where == "path",
        "description": parameter.description,
        "schema": _shared(parameter.schema),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = {"description": answer.description}
    if answer.content:
        found["content"] = {media: {"schema": _shared(schema)} for media, schema in answer.content.items()}
    if answer.headers:
        found["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
        }
    return found


def _shared(schema: Any) -> Any:
    """A schema in which those that have a name are referred to by it."""
    for name, known in _SHARED.items():
        if schema is known:
            return {"$ref": f"#/components/schemas/{name}"}
    return _plain(schema)


def _plain(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        return dict(_items(schema))
    return [_shared(each) for each in schema] if isinstance(schema, list | tuple) else schema


def _items(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in schema.items():
        yield name, _shared(value)
