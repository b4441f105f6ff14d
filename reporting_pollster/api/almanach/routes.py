"""How a resource of Almanach's API is made: its routes with and without /v1, who may write, and its errors.

Nothing here tells what went wrong within: errors that are not the client's fault have the words of their status only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException, NotFound, Unauthorized

from reporting_pollster.api import current, problem
from reporting_pollster.api.almanach.body import Invalid
from reporting_pollster.api.almanach.document import ERROR_SCHEMA, answer
from reporting_pollster.api.resource import Access, Answer, Parameter, Resource, Schema, View
from reporting_pollster.domain.clean_columns import is_storable
from reporting_pollster.errors import BeyondReach, PollsterError
from reporting_pollster.services.almanach import Almanach

_ERRORS = {
    400: "The body, or a parameter, is missing or makes no sense",
    403: "The token may read, but not write",
    404: "There is no such thing, or it may not be seen",
    503: "The reporting database or keystone is away",
}
_WITHOUT_TOKEN = Answer("No valid token", {"text/plain": {"const": "Unauthorized"}})
_PATH = {
    "project_id": "Id of the project",
    "instance_id": "UUID of the instance",
    "volume_id": "UUID of the volume",
    "entity_id": "UUID of the instance or volume",
    "type_id": "Id of the volume type",
}


class AlmanachResource(Resource):
    """A resource whose routes exist twice, with the prefix /v1 and without; the document has the former."""

    def both(
        self,
        method: str,
        path: str,
        summary: str,
        answers: Mapping[int, Answer],
        *,
        errors: tuple[int, ...] = (),
        parameters: tuple[Parameter, ...] = (),
        body: Schema | None = None,
        writes: bool = False,
        access: Access = "token",
    ) -> Callable[[View], View]:
        """The decorator of a view."""
        described = {**answers, **{status: _error(status) for status in (*errors, 503)}}
        described |= {401: _WITHOUT_TOKEN} if access != "open" else {}
        described |= {403: _error(403)} if writes else {}
        described |= {404: _error(404)} if "<" in path else {}

        def register(view: View) -> View:
            answering: Any = _for_writers(view) if writes else view
            for prefix in ("/v1", ""):
                self.answers(
                    method,
                    prefix + path,
                    summary,
                    described,
                    access=access,
                    parameters=(*_path_parameters(path), *parameters),
                    body=body,
                    documented=bool(prefix),
                )(answering)
            return view

        return register


def almanach_resource(name: str, import_name: str) -> AlmanachResource:
    """A resource whose errors have Almanach's form."""
    resource = AlmanachResource(name, import_name)
    resource.before_request(_refuse_odd_paths)
    resource.register_error_handler(Unauthorized, _unauthorized)
    resource.register_error_handler(HTTPException, _of_http)
    resource.register_error_handler(PollsterError, _of_ours)
    resource.register_error_handler(Exception, _of_anything)
    return resource


def almanach() -> Almanach:
    """What answers."""
    return current.application().almanach()


def _for_writers(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def checked(**values: str) -> Any:
        if not current.identity().may_write(current.application().settings.almanach.write_role):
            raise BeyondReach("this token may not write: it needs the role that [almanach] write_role names")
        return view(**values)

    return checked


def _refuse_odd_paths() -> None:
    """No database has such ids, and not all can be asked for them."""
    if not all(is_storable(each) for each in (request.view_args or {}).values()):
        raise NotFound


def _path_parameters(path: str) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(name, {"type": "string"}, text, where="path", required=True)
        for name, text in _PATH.items()
        if f"<{name}>" in path
    )


def _error(status: int) -> Answer:
    return Answer(_ERRORS[status], {"application/json": ERROR_SCHEMA})


def _unauthorized(error: Unauthorized) -> Response:
    told = Response("Unauthorized", 401, content_type="text/plain; charset=utf-8")
    for scheme in error.www_authenticate or ():
        told.headers.add("WWW-Authenticate", scheme.to_header())
    return told


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    return answer({"error": problem.HTTP_TITLES.get(status, "Error")}, status)


def _of_ours(error: PollsterError) -> Response:
    if isinstance(error, Invalid):
        return answer({"error": error.reasons}, 400)
    status = problem.status_of(error)
    if status < 500:
        return answer({"error": error.message}, status)
    problem.note(error)
    told = answer({"error": problem.HTTP_TITLES.get(status, "Error")}, status)
    if status == 503:
        told.headers["Retry-After"] = str(problem.RETRY_SECONDS)
    return told


def _of_anything(error: Exception) -> Response:
    problem.of_anything(error)
    return answer({"error": problem.HTTP_TITLES[500]}, 500)
