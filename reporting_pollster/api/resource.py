"""What a resource is: a blueprint whose routes say of themselves what the OpenAPI document will say of them.

A route's parameters, body and answers are said once, where the route is, in the words of JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from flask import Blueprint

Schema = Mapping[str, Any]
View = TypeVar("View", bound=Callable[..., Any])
# open: no token is looked at. token: any valid one. role: that of [api] required_role, or the private key.
Access = Literal["open", "token", "role"]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a route: of its path, its query or its header."""

    name: str
    schema: Schema
    description: str
    where: Literal["query", "path", "header"] = "query"
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """What a status means: the schema of each media type that it may come in, and headers worth naming."""

    description: str
    content: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """One method of one path; `path` is Flask's rule, prefix included, `endpoint` Flask's name of it."""

    method: str
    path: str
    endpoint: str
    summary: str
    access: Access
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    head: bool = True  # whether HEAD is answered like GET
    documented: bool = True


class Resource(Blueprint):
    """A blueprint that knows its routes.

    Without `automatic_options` it answers OPTIONS by routes of its own. `page` is what a browser is shown at `/`.
    """

    def __init__(self, name: str, import_name: str, *, automatic_options: bool = True, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.routes: list[Route] = []
        self.page: Callable[[], Any] | None = None
        self._automatic_options = automatic_options

    def answers(
        self,
        method: str,
        path: str,
        summary: str,
        answers: Mapping[int, Answer],
        *,
        access: Access = "token",
        parameters: tuple[Parameter, ...] = (),
        body: Schema | None = None,
        head: bool = True,
        documented: bool = True,
    ) -> Callable[[View], View]:
        """The decorator of a view. One view may have several paths, by several decorators."""

        def register(view: View) -> View:
            endpoint = f"{view.__name__}-{len(self.routes)}"  # the same view may have other paths
            self.add_url_rule(path, endpoint, view, methods=[method], provide_automatic_options=self._automatic_options)
            full = f"{self.name}.{endpoint}"
            whole = f"{self.url_prefix or ''}{path}"
            self.routes.append(Route(method, whole, full, summary, access, answers, parameters, body, head, documented))
            return view

        return register
